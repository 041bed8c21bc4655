// Another site's page tries to act for a member who is signed in, with everything that a browser lets it send. It is served
// twice: from another port of the same host, which browsers hold for the same site and so send cookies along with any
// request, and under another host name, which is another site.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import test, { after, before } from 'node:test';

import { launch } from './browser.mjs';
import { cookieFor, me, setCity, setCityInline, signIn } from './operations.mjs';
import { base, endpoint } from './server.mjs';

const patience = { timeout: 30_000 };

// Each is run in the other site's page with (endpoint, document); the answer, if it may be read at all, is of no interest.
const attacks = {
  'a form, urlencoded': submit('application/x-www-form-urlencoded'),
  'a form, text/plain that reads as JSON': submit('text/plain'),
  'a form, multipart': submit('multipart/form-data'),
  'a link': (url, document_) => location.assign(`${url}?query=${encodeURIComponent(document_)}`),
  'a picture': (url, document_) => {
    new Image().src = `${url}?query=${encodeURIComponent(document_)}`;
  },
  'a script': (url, document_) => {
    const script = document.createElement('script');
    script.src = `${url}?query=${encodeURIComponent(document_)}`;
    document.head.append(script);
  },
  'fetch without CORS, text/plain': (url, document_) => {
    fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body: JSON.stringify({ query: document_ }) });
  },
  'fetch without CORS, JSON by a blob': (url, document_) => {
    const body = new Blob([JSON.stringify({ query: document_ })], { type: 'application/json' });
    fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body });
  },
  'fetch without CORS, no content type': (url, document_) => {
    const body = new TextEncoder().encode(JSON.stringify({ query: document_ }));
    fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body });
  },
  'fetch with CORS': (url, document_) => {
    const headers = { 'content-type': 'application/json' };
    fetch(url, { method: 'POST', credentials: 'include', headers, body: JSON.stringify({ query: document_ }) }).catch(() => {});
  },
  'a beacon': (url, document_) => {
    navigator.sendBeacon(url, new Blob([JSON.stringify({ query: document_ })], { type: 'text/plain' }));
  },
};

/** Makes the attack of a form that submits itself with the given encoding. */
function submit(encoding) {
  // Written as text, since the function is sent to the page and can close over nothing.
  return new Function(
    'url',
    'document_',
    `const form = Object.assign(document.createElement('form'), { action: url, method: 'POST', enctype: '${encoding}' });
     const add = (name, value) => form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
     if ('${encoding}' === 'text/plain') {
       add(JSON.stringify({ query: document_ }).slice(0, -1) + ',"x":"', '"}');
     } else {
       add('query', document_);
       add('operations', JSON.stringify({ query: document_ }));
       add('map', '{}');
     }
     document.body.append(form);
     form.submit();`,
  );
}

let browser;
let home;
let foreign;
let sites;

before(async () => {
  foreign = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end('<!doctype html><title>another site</title><body>another site');
  });
  await new Promise(ready => foreign.listen(0, '127.0.0.1', ready));
  const { port } = foreign.address();
  sites = { 'another port': `http://127.0.0.1:${port}/`, 'another host': `http://localhost:${port}/` };

  browser = await launch();
  home = await browser.newPage();
  await home.goto(`${base}/graphiql`, { waitUntil: 'load', ...patience });
  const signed = await own(signIn, cookieFor('boris'));
  assert.deepEqual(signed.data?.signIn?.userErrors, [], JSON.stringify(signed));
});

after(async () => {
  await browser?.close();
  foreign?.close();
});

/** Sends an operation from the server's own page, with the member's cookie, as a web client of ours does. */
function own(query, variables) {
  return home.evaluate(
    async (url, body) => {
      const headers = { 'content-type': 'application/json' };
      return (await fetch(url, { method: 'POST', headers, body })).json();
    },
    endpoint,
    JSON.stringify({ query, variables }),
  );
}

const cityNow = async () => (await own(me)).data.me.member.profile.city;

test('the same mutation works from the own page, so that what follows can fail', async () => {
  for (const query of [setCityInline('Haarlem'), undefined]) {
    const { errors } = query ? await own(query) : await own(setCity, { city: 'Zutphen' });
    assert.equal(errors, undefined, JSON.stringify(errors));
    assert.equal(await cityNow(), query ? 'Haarlem' : 'Zutphen');
  }
});

test('the session cookie does travel from another port, so that SameSite alone is not what is tested', async () => {
  const page = await browser.newPage();
  try {
    await page.goto(sites['another port'], patience);
    const session = await page.createCDPSession();
    await session.send('Network.enable');
    const sent = new Promise((tell, fail) => {
      const limit = setTimeout(() => fail(new Error('no request was seen')), patience.timeout);
      session.on('Network.requestWillBeSentExtraInfo', ({ headers, associatedCookies }) => {
        if (headers[':path'] === '/favicon.ico') return;
        clearTimeout(limit);
        tell(associatedCookies.filter(({ blockedReasons }) => blockedReasons.length === 0).map(({ cookie }) => cookie.name));
      });
    });
    await page.evaluate(attacks['fetch without CORS, text/plain'], endpoint, '{ __typename }');
    assert.ok((await sent).some(name => name.startsWith('__Host-')));
  } finally {
    await page.close();
  }
});

for (const site of ['another port', 'another host']) {
  for (const [name, attack] of Object.entries(attacks)) {
    test(`${name}, from ${site}, changes nothing`, async () => {
      const before = await cityNow();
      const page = await browser.newPage();
      try {
        await page.goto(sites[site], { waitUntil: 'load', ...patience });
        const over = new Promise((tell, fail) => {
          const limit = setTimeout(() => fail(new Error('the request was never sent')), patience.timeout);
          const told = request => {
            if (!request.url().startsWith(endpoint)) return;
            clearTimeout(limit);
            tell();
          };
          page.on('requestfinished', told);
          page.on('requestfailed', told);
        });
        await page.evaluate(attack, endpoint, setCityInline(`Evilville by ${name}`)).catch(error => {
          // A page that is left while it runs cannot give its result.
          if (!/context was destroyed|navigation/i.test(error.message)) throw error;
        });
        await over;
      } finally {
        await page.close();
      }
      assert.equal(await cityNow(), before);
    });
  }
}

test('another site cannot read an answer', async () => {
  for (const site of Object.values(sites)) {
    const page = await browser.newPage();
    try {
      await page.goto(site, patience);
      for (const contentType of ['application/json', 'text/plain']) {
        const read = await page.evaluate(
          async (url, type) => {
            const headers = { 'content-type': type };
            const body = JSON.stringify({ query: '{ __typename }' });
            try {
              return await (await fetch(url, { method: 'POST', credentials: 'include', headers, body })).text();
            } catch {
              return null;
            }
          },
          endpoint,
          contentType,
        );
        assert.equal(read, null);
      }
    } finally {
      await page.close();
    }
  }
});
