// Relay's compiler reads the members' contract as a web client's build would: Node, connections, refetching, and the
// operations below relay/.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import compiler from 'relay-compiler';

const project = fileURLToPath(new URL('relay', import.meta.url));
const contract = fileURLToPath(new URL('../../schema.graphql', import.meta.url));

test('relay-compiler compiles every operation', async () => {
  const work = await mkdtemp(join(tmpdir(), 'letterlock-relay-'));
  try {
    await cp(project, work, { recursive: true });
    await mkdir(join(work, 'src', '__generated__'));
    await cp(process.env.LETTERLOCK_SCHEMA ?? contract, join(work, 'schema.graphql'));
    await promisify(execFile)(compiler, ['--noWatchman', 'relay.config.json'], { cwd: work }).catch(error => {
      assert.fail(`${error.stdout}\n${error.stderr}`);
    });
    const made = (await readdir(join(work, 'src', '__generated__'))).filter(file => file.endsWith('.graphql.js')).sort();
    assert.deepEqual(made, [
      'CensusQuery.graphql.js',
      'Penpals_member.graphql.js',
      'PenpalsPageQuery.graphql.js',
      'ProfileQuery.graphql.js',
      'ProfileQuery_member.graphql.js',
      'SetAudienceMutation.graphql.js',
    ].sort());
  } finally {
    await rm(work, { recursive: true, force: true });
  }
});
