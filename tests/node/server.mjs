// The running server under test, and the plainest of clients for it.

import assert from 'node:assert/strict';

/** Where the server listens, without a slash at the end. `scripts/test` starts one with the demo world and sets this. */
export const base = (process.env.LETTERLOCK_URL ?? 'http://127.0.0.1:8000').replace(/\/+$/, '');

/** Its GraphQL endpoint. */
export const endpoint = `${base}/graphql`;

/** Sends one operation and gives the HTTP answer with its body parsed. */
export async function post(query, variables, headers = {}) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Sends one operation that must succeed and gives its data. */
export async function ask(query, variables, headers) {
  const { body } = await post(query, variables, headers);
  assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  return body.data;
}
