// Clients that people really use: each runs a query as a visitor, signs in for a bearer token, asks who it is, and changes
// its own city.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { Client, fetchExchange } from '@urql/core';

import { bearerFor, me, members, setCity, signIn } from './operations.mjs';
import { ask, endpoint } from './server.mjs';

/** The steps, over a function `run(token, kind, document, variables)` that gives the data of an operation. */
async function story(run, who, city) {
  const seen = await run(undefined, 'query', members);
  assert.ok(seen.members.edges.length > 0, 'a visitor sees nobody');

  const { signIn: signed } = await run(undefined, 'mutation', signIn, bearerFor(who));
  assert.deepEqual(signed.userErrors, []);
  assert.ok(signed.token, 'no token in the body, though it was asked for');

  const before = await run(signed.token, 'query', me);
  assert.equal(before.me.member.id, signed.me.member.id);

  const { updateProfile } = await run(signed.token, 'mutation', setCity, { city });
  assert.deepEqual(updateProfile.userErrors, []);

  const after = await run(signed.token, 'query', me);
  assert.equal(after.me.member.profile.city, city);

  const visitor = await run(undefined, 'query', me);
  assert.equal(visitor.me, null, 'without the token, nobody is signed in');
}

const bearer = token => (token ? { authorization: `Bearer ${token}` } : {});

test('plain fetch', () => story((token, _kind, document, variables) => ask(document, variables, bearer(token)), 'noor', 'Utrecht'));

test('Apollo Client', () =>
  story(
    async (token, kind, document, variables) => {
      const client = new ApolloClient({
        link: new HttpLink({ uri: endpoint, headers: bearer(token) }),
        cache: new InMemoryCache(),
      });
      const parsed = gql(document);
      const { data } =
        kind === 'query'
          ? await client.query({ query: parsed, variables })
          : await client.mutate({ mutation: parsed, variables });
      client.stop();
      return data;
    },
    'tim',
    'Groningen',
  ));

for (const preferGetMethod of [false, true]) {
  test(`urql, its queries by ${preferGetMethod ? 'GET' : 'POST'}`, () =>
    story(
      async (token, kind, document, variables = {}) => {
        const client = new Client({
          url: endpoint,
          exchanges: [fetchExchange],
          preferGetMethod: preferGetMethod && 'force',
          fetchOptions: { headers: bearer(token) },
        });
        const { data, error } = await client[kind](document, variables).toPromise();
        if (error) throw error;
        return data;
      },
      'vera',
      preferGetMethod ? 'Leiden' : 'Delft',
    ));
}
