// The GraphQL over HTTP audits of the package graphql-http: every MUST, SHOULD and MAY.

import assert from 'node:assert/strict';
import test from 'node:test';
import { serverAudits } from 'graphql-http';

import { endpoint } from './server.mjs';

const audits = serverAudits({ url: endpoint, fetchFn: fetch });

test('the suite holds 61 audits', () => assert.equal(audits.length, 61));

for (const audit of audits) {
  test(`${audit.id} ${audit.name}`, async () => {
    const result = await audit.fn();
    assert.equal(result.status, 'ok', result.reason);
  });
}
