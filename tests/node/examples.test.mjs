// GraphiQL's example tabs, run in their order by one visitor who signs in on the way, as a person would.

import assert from 'node:assert/strict';
import test from 'node:test';

import { demoSignIns, demoTabs, plainTabs } from '../../tools/graphiql/examples.js';
import { bearerFor, signIn } from './operations.mjs';
import { ask, post } from './server.mjs';

const jar = new Map();

async function run({ query, variables, headers }) {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
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

for (const [who, { id, handle }] of Object.entries(demoSignIns)) {
  test(`${who} has the handle and the id that the examples name`, async () => {
    const { signIn: signed } = await ask(signIn, bearerFor(who));
    assert.deepEqual(signed.userErrors, []);
    assert.equal(signed.me.member.id, id);
    assert.equal(signed.me.member.handle, handle);
  });
}

const nameOf = ({ query }) => query.match(/^(?:query|mutation) (\w+)/m)[1];

for (const tab of plainTabs) {
  test(`plain tab ${nameOf(tab)}`, async () => {
    const { body } = await run(tab);
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  });
}

for (const tab of demoTabs) {
  test(`demo tab ${nameOf(tab)}`, async () => {
    const { body } = await run(tab);
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
