// GraphiQL's example tabs, run in their order by one visitor who signs in on the way, as a person would.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { createClient } from 'graphql-sse';

import { demoSignIns, demoTabs, plainTabs } from '../../tools/graphiql/examples.js';
import { bearerFor, sendMessage, signIn } from './operations.mjs';
import { ask, endpoint, post } from './server.mjs';

const jar = new Map();
const cookies = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');

async function run({ query, variables, headers }) {
  const cookie = cookies();
  const answer = await post(query, variables && JSON.parse(variables), {
    ...(headers && JSON.parse(headers)),
    ...(cookie && { cookie }),
  });
  for (const line of answer.headers.getSetCookie?.() ?? [answer.headers.get('set-cookie') ?? '']) {
    const [, name, value] = line.match(/^([^=]+)=([^;]*)/) ?? [];
    if (name) jar.set(name, value);
  }
  return answer;
}

/** Runs a subscription to its first answer; Noor writes until there is one. */
async function hear({ query, variables }) {
  const { signIn: signed } = await ask(signIn, bearerFor('noor'));
  const client = createClient({ url: endpoint, headers: { cookie: cookies() }, retryAttempts: 0 });
  const answers = client.iterate({ query, variables: JSON.parse(variables) });
  try {
    let body;
    const first = answers.next().then(({ value }) => {
      body = value;
    });
    for (let tries = 0; !body && tries < 50; tries += 1) {
      const letter = { to: demoSignIns.ada.id, text: 'Dear Ada, it smells of rain.', key: randomUUID() };
      const { sendMessage: sent } = await ask(sendMessage, letter, { authorization: `Bearer ${signed.token}` });
      assert.deepEqual(sent.userErrors, []);
      await Promise.race([first, new Promise(done => setTimeout(done, 200))]);
    }
    assert.ok(body, 'nothing arrives');
    return { body };
  } finally {
    client.dispose();
  }
}

for (const [who, { id, handle }] of Object.entries(demoSignIns)) {
  test(`${who} has the handle and the id that the examples name`, async () => {
    const { signIn: signed } = await ask(signIn, bearerFor(who));
    assert.deepEqual(signed.userErrors, []);
    assert.equal(signed.me.member.id, id);
    assert.equal(signed.me.member.handle, handle);
  });
}

const partsOf = ({ query }) => query.match(/^(query|mutation|subscription) (\w+)/m);
const nameOf = tab => partsOf(tab)[2];

for (const tab of plainTabs) {
  test(`plain tab ${nameOf(tab)}`, async () => {
    const { body } = await run(tab);
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  });
}

for (const tab of demoTabs) {
  test(`demo tab ${nameOf(tab)}`, async () => {
    const { body } = await (partsOf(tab)[1] === 'subscription' ? hear(tab) : run(tab));
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
    assert.equal(body.extensions?.privacy?.scope, tab.headers && 'EVERYTHING');
    for (const [field, value] of Object.entries(body.data)) {
      if (tab.hidden?.includes(field)) {
        assert.equal(value, null, `${field} is not hidden`);
        continue;
      }
      assert.notEqual(value, null, `${field} is null: the example shows nothing`);
      if (value.edges) assert.ok(value.edges.length > 0, `${field} is empty: the example shows nothing`);
      if (value.userErrors) assert.deepEqual(value.userErrors, []);
    }
  });
}
