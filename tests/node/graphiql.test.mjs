// GraphiQL as a person meets it, in a real browser, with no other host to help.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';

import { demoPassword, demoSignIns, demoTabs } from '../../tools/graphiql/examples.js';
import { launch } from './browser.mjs';
import { bearerFor, sendMessage, signIn } from './operations.mjs';
import { ask, base, endpoint } from './server.mjs';

const picture = process.env.LETTERLOCK_SCREENSHOT ?? fileURLToPath(new URL('../../target/graphiql.png', import.meta.url));
const livePicture = picture.replace(/(\.\w+)?$/, '-live$1');
const patience = { timeout: 30_000 };

let browser;
let page;
let pageAnswer;
const requested = [];
const complaints = [];
const signInAnswers = [];
const streams = { begun: 0, ended: 0 };
const isStream = request => request.url() === endpoint && request.headers().accept === 'text/event-stream';

before(async () => {
  browser = await launch();
  page = await browser.newPage();
  page.on('request', request => {
    requested.push(request.url());
    if (isStream(request)) streams.begun += 1;
  });
  // Workers have a network of their own, which the page's events do not tell of.
  page.on('workercreated', async worker => {
    worker.client.on('Network.requestWillBeSent', ({ request }) => requested.push(request.url));
    await worker.client.send('Network.enable').catch(() => {});
  });
  page.on('console', message => message.type() === 'error' && complaints.push(`console: ${message.text()}`));
  page.on('pageerror', error => complaints.push(`uncaught: ${error.message}`));
  page.on('requestfinished', request => isStream(request) && (streams.ended += 1));
  page.on('requestfailed', request => {
    const reason = request.failure()?.errorText;
    if (isStream(request)) streams.ended += 1;
    // To stop a stream is to break its request off.
    if (!isStream(request) || reason !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()} ${reason}`);
  });
  page.on('response', async response => {
    if (response.url() === endpoint && response.request().postData()?.includes('mutation SignIn')) {
      signInAnswers.push(await response.text());
    }
  });
  await page.exposeFunction('tellViolation', text => complaints.push(`content security policy: ${text}`));
  await page.evaluateOnNewDocument(() =>
    document.addEventListener('securitypolicyviolation', event =>
      window.tellViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`),
    ),
  );
  pageAnswer = await page.goto(`${base}/graphiql`, { waitUntil: 'load', ...patience });
  await page.waitForSelector('.graphiql-query-editor .monaco-editor .view-line', patience);
});

after(async () => browser?.close());

/** What the page shows as the answer. */
const shown = () => page.$eval('.graphiql-response .view-lines', lines => lines.innerText.replaceAll('\u00a0', ' '));

/** Waits until the page shows this in the answer. */
const showing = wanted =>
  page.waitForFunction(
    wanted => document.querySelector('.graphiql-response .view-lines')?.innerText.replaceAll('\u00a0', ' ').includes(wanted),
    patience,
    wanted,
  );

/** Runs the open tab and gives the answer that the page then shows. */
async function run(until) {
  await page.click('button.graphiql-execute-button');
  await showing(until);
  return shown();
}

/** Runs the open tab and gives the data that arrives, also what is too long to be shown whole. */
async function answer() {
  const arrives = page.waitForResponse(response => response.url() === endpoint, patience);
  await page.click('button.graphiql-execute-button');
  return (await (await arrives).json()).data;
}

/** The name of the operation in a demo tab. */
const nameOf = ({ query }) => query.match(/^(?:query|mutation|subscription) (\w+)/m)[1];

/** Opens a demo tab by its place: GraphiQL may write the name of the tab before on one left in haste. */
async function openTab(name) {
  const place = demoTabs.findIndex(tab => nameOf(tab) === name);
  assert.notEqual(place, -1, name);
  await page.waitForFunction(place => document.querySelectorAll('[role="tab"]').length > place, patience, place);
  await (await page.$$('[role="tab"]'))[place].click();
  await page.waitForFunction(
    name => document.querySelector('.graphiql-query-editor .view-lines')?.innerText.includes(name),
    patience,
    name,
  );
}

const countTabs = () => page.evaluate(() => document.querySelectorAll('[role="tab"]').length);

async function writeInNewTab(text) {
  const before = await countTabs();
  await page.click('button[aria-label*="new tab" i]');
  // Whoever types before the new tab is the open one writes over the tab before.
  await page.waitForFunction(
    before => {
      const tabs = [...document.querySelectorAll('[role="tab"]')];
      const open = tabs.findIndex(tab => tab.getAttribute('aria-selected') === 'true');
      const lines = [...document.querySelectorAll('.graphiql-query-editor .view-line')];
      const blank = lines.every(line => /^(#|$)/.test(line.innerText.replaceAll('\u00a0', ' ').trim()));
      return tabs.length === before + 1 && open === before && blank;
    },
    patience,
    before,
  );
  await page.click('.graphiql-query-editor .monaco-editor .view-lines');
  await page.keyboard.down('Control');
  await page.keyboard.press('a');
  await page.keyboard.up('Control');
  await page.keyboard.press('Backspace');
  await page.keyboard.type(text, { delay: 15 });
}

test('the page forbids what it does not need', () => {
  assert.equal(pageAnswer.status(), 200);
  const headers = pageAnswer.headers();
  const policy = new Map(
    (headers['content-security-policy'] ?? '').split(';').map(part => {
      const [name, ...values] = part.trim().split(/\s+/);
      return [name, values.join(' ')];
    }),
  );
  for (const [directive, value] of [
    ['default-src', "'none'"],
    ['script-src', "'self'"],
    ['connect-src', "'self'"],
    ['worker-src', "'self'"],
    ['base-uri', "'none'"],
    ['form-action', "'none'"],
    ['frame-ancestors', "'none'"],
  ]) {
    assert.equal(policy.get(directive), value, directive);
  }
  assert.equal(headers['x-content-type-options'], 'nosniff');
});

test('the page learns the schema', async () => {
  await page.click('button[aria-label*="Documentation Explorer" i]');
  await page.waitForFunction(
    () => /Root Types[\s\S]*query/i.test(document.querySelector('.graphiql-doc-explorer')?.innerText ?? ''),
    patience,
  );
});

test('a query that is typed is answered', async () => {
  await writeInNewTab('{ __typename }');
  const answer = await run('__typename');
  assert.deepEqual(JSON.parse(answer), { data: { __typename: 'Query' } });
});

test('the demo tab signs in, and no script can read how', async () => {
  await openTab('SignIn');
  const answer = await run('userErrors');
  assert.match(answer, /"displayName": "Ada/);
  assert.match(answer, /"userErrors": \[\]/);

  const session = (await browser.cookies()).find(cookie => cookie.name.startsWith('__Host-') && cookie.value.length > 20);
  assert.ok(session, 'no session cookie with the prefix __Host-');
  assert.equal(session.httpOnly, true);
  assert.equal(session.secure, true);
  assert.equal(session.sameSite, 'Lax');
  assert.equal(session.path, '/');
  assert.equal(await page.evaluate(() => document.cookie), '');

  assert.equal(signInAnswers.length, 1);
  assert.ok(!signInAnswers[0].includes(session.value), 'the token is in the body as well');

  await openTab('MyVisibility');
  assert.match(await run('visibility'), /"audience"/);
});

const viewer = '.viewers select';
const becomes = name => page.waitForFunction(
  (viewer, name) => {
    const select = document.querySelector(viewer);
    return select?.value === name && !select.disabled;
  },
  patience,
  viewer,
  name,
);

test('the switch changes the viewer, and follows who signs in', async () => {
  await becomes('ada');
  await openTab('TheFive');
  const asAda = await answer();
  assert.equal(asAda.tim, null);
  assert.equal(asAda.boris, null);
  assert.notEqual(asAda.ada, null);

  await page.select(viewer, 'tim');
  await becomes('tim');
  const asTim = await answer();
  assert.equal(asTim.tim.displayName, 'Tim');
  assert.deepEqual([asTim.ada, asTim.noor, asTim.boris, asTim.vera], [null, null, null, null]);

  await page.select(viewer, 'visitor');
  await becomes('visitor');
  assert.deepEqual((await browser.cookies()).filter(cookie => /session/.test(cookie.name)), []);
  await page.select(viewer, 'ada');
  await becomes('ada');
});

/** Waits until the button would do this: `Execute` or `Stop`. */
const buttonWill = what => page.waitForSelector(`button.graphiql-execute-button[aria-label^="${what}"]`, patience);

const streamsEnded = async count => {
  for (let tries = 0; streams.ended < count && tries < 100; tries += 1) await new Promise(done => setTimeout(done, 50));
  assert.deepEqual(streams, { begun: count, ended: count });
};

test('a subscription shows what arrives until it is stopped, and ends with its session', async () => {
  const { signIn: noor } = await ask(signIn, bearerFor('noor'));
  const write = async text => {
    const letter = { to: demoSignIns.ada.id, text, key: randomUUID() };
    const { sendMessage: sent } = await ask(sendMessage, letter, { authorization: `Bearer ${noor.token}` });
    assert.deepEqual(sent.userErrors, []);
  };
  /** Runs the open tab, and has Noor write until something is shown. */
  const listen = async text => {
    await page.click('button.graphiql-execute-button');
    await buttonWill('Stop');
    for (let tries = 0; !(await shown()).includes(text) && tries < 50; tries += 1) {
      await write(text);
      await new Promise(done => setTimeout(done, 200));
    }
    assert.ok((await shown()).includes(text), await shown());
  };

  await openTab('MessageReceived');
  await listen('Dear Ada, are you there?');
  await write('It rains here.');
  await showing('It rains here.');
  // A long line is wrapped for the eye.
  const { data } = JSON.parse((await shown()).replaceAll('\n', ''));
  assert.equal(data.messageReceived.conversation.member.handle, demoSignIns.noor.handle);
  await buttonWill('Stop');
  await mkdir(dirname(livePicture), { recursive: true });
  await page.screenshot({ path: livePicture });

  // Stopped.
  assert.deepEqual(streams, { begun: 1, ended: 0 });
  await page.click('button.graphiql-execute-button');
  await buttonWill('Execute');
  await streamsEnded(1);
  await write('Nobody is here any more.');
  await new Promise(done => setTimeout(done, 500));
  assert.match(await shown(), /It rains here\./);

  // Left, with the tab.
  await listen('And now?');
  await openTab('MyVisibility');
  await streamsEnded(2);

  // Run as Ada, it ends when somebody else signs in.
  await openTab('MessageReceived');
  await listen('Once more.');
  await page.select(viewer, 'tim');
  await becomes('tim');
  await buttonWill('Execute');
  await streamsEnded(3);
  assert.match(await shown(), /"code": "UNAUTHENTICATED"/);
  await page.select(viewer, 'ada');
  await becomes('ada');
  await listen('Welcome back.');
  await page.click('button.graphiql-execute-button');
  await buttonWill('Execute');
  await streamsEnded(4);
});

test('no example is underlined as wrong', async () => {
  const mark = '.graphiql-editors .squiggly-error';
  await writeInNewTab('query Wrong { nobodyHasThis }');
  await page.waitForSelector(mark, patience);
  for (const name of demoTabs.map(nameOf)) {
    await openTab(name);
    // The marks of the tab before stay, and its own come, when the workers have looked at this one.
    await new Promise(done => setTimeout(done, 1_500));
    assert.equal(await page.$(mark), null, name);
  }
});

test('nothing of the sign-in is kept in the browser', async () => {
  const kept = await page.evaluate(async () => ({
    local: JSON.stringify({ ...localStorage }),
    session: JSON.stringify({ ...sessionStorage }),
    databases: JSON.stringify(await indexedDB.databases()),
    caches: JSON.stringify(await caches.keys()),
    address: location.href,
  }));
  assert.equal(kept.local, '{}');
  assert.equal(kept.session, '{}');
  assert.equal(kept.databases, '[]');
  assert.equal(kept.caches, '[]');
  for (const secret of [demoPassword, demoSignIns.ada.email]) assert.ok(!kept.address.includes(secret));
});

test('the page looks as it should', async () => {
  const bar = await page.$eval('.viewers', bar => bar.getBoundingClientRect().height);
  assert.ok(bar > 20 && bar < 50, `the switch is ${bar} pixels high`);
  await openTab('WhoIsHere');
  await run('"handle"');
  await mkdir(dirname(picture), { recursive: true });
  await page.screenshot({ path: picture });
  const hidden = await page.$eval('.graphiql-container', box => box.clientHeight < 700 || box.clientWidth < 1200);
  assert.equal(hidden, false, 'GraphiQL does not fill the window');
  console.log(`# pictures of it: ${picture} ${livePicture}`);
});

test('no other host was asked, and nothing went wrong on the way', () => {
  assert.ok(requested.some(url => url.endsWith('/graphiql/graphiql.js')), 'the record of requests is empty');
  assert.ok(requested.some(url => url.endsWith('.worker.js')), 'no worker was loaded');
  assert.deepEqual(requested.filter(url => !url.startsWith(`${base}/`) && !/^(data|blob):/.test(url)), []);
  assert.deepEqual(complaints, []);
});
