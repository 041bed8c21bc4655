// What arrives as it happens, as clients that people really use are told of it: over WebSocket and by event stream.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test, { before } from 'node:test';
import { ApolloClient, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient as createEvents } from 'graphql-sse';
import { createClient as createSocket } from 'graphql-ws';
import WebSocket from 'ws';

import { askPenpal, messageReceived, screenAge, sendMessage, signIn, signOut, signUp } from './operations.mjs';
import { ask, endpoint, post } from './server.mjs';

const socketAddress = endpoint.replace(/^http/, 'ws');
const patience = { timeout: 60_000 };
const password = 'nine-kites-above-the-dunes';

const bearer = token => ({ authorization: `Bearer ${token}` });

/** `ws`, with headers to the request for the socket, as a browser would add its cookie. */
const socketWith = headers =>
  class extends WebSocket {
    constructor(address, protocols) {
      super(address, protocols, { headers });
    }
  };

/** Sockets that are not opened again by themselves, so that a test sees how they end. */
const socket = options => createSocket({ url: socketAddress, webSocketImpl: WebSocket, retryAttempts: 0, ...options });
const events = headers => createEvents({ url: endpoint, headers, retryAttempts: 0 });

// Ana writes, Ben listens. They are new, so that no other test writes to them.
let ana;
let ben;

async function newcomer(displayName) {
  const { screenAge: screened } = await ask(screenAge);
  const email = `${displayName.toLowerCase()}-${randomUUID()}@letterlock.example`;
  const input = { screeningToken: screened.screeningToken, displayName, email, password, transport: 'BEARER' };
  const { signUp: signed } = await ask(signUp, { input });
  assert.deepEqual(signed.userErrors, []);
  return { id: signed.me.member.id, email, token: signed.token };
}

before(async () => {
  [ana, ben] = [await newcomer('Ana'), await newcomer('Ben')];
  await ask(askPenpal, { member: ben.id }, bearer(ana.token));
  const { askPenpal: bound } = await ask(askPenpal, { member: ana.id }, bearer(ben.token));
  assert.equal(bound.member.bond, 'PENPALS', JSON.stringify(bound.userErrors));
}, patience);

/** Another session of Ben's; gives the headers by which it is his. */
async function sessionOfBen(transport) {
  const { headers, body } = await post(signIn, { input: { email: ben.email, password, transport } });
  assert.deepEqual(body.data?.signIn.userErrors, [], JSON.stringify(body));
  if (transport === 'BEARER') return bearer(body.data.signIn.token);
  const cookies = headers.getSetCookie().map(line => line.split(';', 1)[0]);
  return { cookie: cookies.find(cookie => cookie.startsWith('__Host-letterlock-session=')) };
}

/** Ana writes to Ben. */
async function write(text) {
  const { sendMessage: sent } = await ask(sendMessage, { to: ben.id, text, key: randomUUID() }, bearer(ana.token));
  assert.deepEqual(sent.userErrors, []);
}

const received = ({ data, errors }) => {
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data.messageReceived;
};

/** The next answer; fails where none comes. */
async function next(answers) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error('nothing came within 10 seconds')), 10_000);
  });
  const { done, value } = await Promise.race([answers.next(), late]).finally(() => clearTimeout(timer));
  assert.ok(!done, 'it is over');
  return value;
}

/** Expects these texts, in this order and with nothing in between; gives the last one's cursor. */
async function expect(answers, texts) {
  let cursor;
  for (const text of texts) {
    const event = received(await next(answers));
    assert.equal(event.message.text, text);
    cursor = event.cursor;
  }
  return cursor;
}

/**
 * Waits until a subscription hears: no protocol says when. Ana knocks until she is heard, and from the first knock that is
 * heard there may be no gap.
 */
async function hearing(answers) {
  let knocks = 0;
  let heard = false;
  const first = next(answers).finally(() => {
    heard = true;
  });
  const knocking = (async () => {
    while (!heard && knocks < 50) {
      await write(`knock ${(knocks += 1)}`);
      await new Promise(done => setTimeout(done, 100));
    }
  })();
  const { message } = received(await first);
  await knocking;
  const from = Number(message.text.match(/^knock (\d+)$/)[1]);
  await expect(answers, Array.from({ length: knocks - from }, (_, nth) => `knock ${from + 1 + nth}`));
}

/** How a subscription ends: the code of the error that it is told last. */
async function ending(answers) {
  let code;
  const read = async () => {
    try {
      for await (const { errors } of answers) {
        assert.ok(errors, 'something came that is no error');
        code = errors[0].extensions.code;
      }
    } catch (error) {
      // graphql-ws throws the list of errors that ends an operation, and a close of the socket as it is.
      if (!Array.isArray(error)) throw error;
      code = error[0].extensions.code;
    }
  };
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`not over within 10 seconds; the code so far: ${code}`)), 10_000);
  });
  await Promise.race([read(), late]).finally(() => clearTimeout(timer));
  return code;
}

for (const [name, { transport, client }] of Object.entries({
  'graphql-ws, a token in connection_init': {
    transport: 'BEARER',
    client: headers => socket({ connectionParams: headers }),
  },
  'graphql-ws, a token in the request': {
    transport: 'BEARER',
    client: headers => socket({ webSocketImpl: socketWith(headers) }),
  },
  'graphql-ws, a cookie': {
    transport: 'COOKIE',
    client: headers => socket({ webSocketImpl: socketWith(headers) }),
  },
  'graphql-sse, a token': { transport: 'BEARER', client: events },
  'graphql-sse, a cookie': { transport: 'COOKIE', client: events },
})) {
  test(name, patience, async t => {
    const session = await sessionOfBen(transport);
    const listener = client(session);
    t.after(() => listener.dispose());
    const subscribe = after => listener.iterate({ query: messageReceived, variables: { after } });

    let answers = subscribe();
    await hearing(answers);
    await write('one');
    await write('two');
    const cursor = await expect(answers, ['one', 'two']);
    await answers.return();

    // It goes on after the cursor, with what came while nobody listened and then with what comes, each once.
    const meanwhile = ['three', 'four', 'five', 'six', 'seven'];
    for (const text of meanwhile) await write(text);
    answers = subscribe(cursor);
    await expect(answers, meanwhile);
    await write('eight');
    await write('nine');
    await expect(answers, ['eight', 'nine']);

    // The session ends, by another connection.
    const { signOut: out } = await ask(signOut, undefined, session);
    assert.equal(out.signedOut, true, JSON.stringify(out.userErrors));
    await write('not any more');
    assert.equal(await ending(answers), 'UNAUTHENTICATED');
    assert.equal(await ending(subscribe(cursor)), 'UNAUTHENTICATED');
  });
}

test('a socket of graphql-ws goes on after an operation that is refused', patience, async t => {
  const codes = [];
  const listener = socket({ connectionParams: bearer(ben.token), on: { closed: ({ code }) => codes.push(code) } });
  t.after(() => listener.dispose());
  const answers = listener.iterate({ query: messageReceived });
  await hearing(answers);
  assert.equal(await ending(listener.iterate({ query: 'subscription { nobodyHasThis }' })), 'GRAPHQL_VALIDATION_FAILED');
  assert.equal(await ending(listener.iterate({ query: signOut })), 'BAD_USER_INPUT');
  const { value } = await listener.iterate({ query: '{ me { member { id } } }' }).next();
  assert.equal(value.data.me.member.id, ben.id);
  await write('still here');
  await expect(answers, ['still here']);
  assert.deepEqual(codes, []);
});

test('a token that opens nothing is told as such', patience, async t => {
  for (const listener of [socket({ connectionParams: bearer('x'.repeat(43)) }), events(bearer('x'.repeat(43)))]) {
    t.after(() => listener.dispose());
    assert.equal(await ending(listener.iterate({ query: messageReceived })), 'UNAUTHENTICATED');
  }
});

/** Makes what a client pushes into what can be pulled. */
function pulled(subscribe) {
  const waiting = [];
  const ready = [];
  const give = answer => (waiting.length ? waiting.shift()(answer) : ready.push(answer));
  const end = subscribe(value => give({ done: false, value }));
  return {
    next: async () => ready.shift() ?? new Promise(take => waiting.push(take)),
    return: async () => end(),
  };
}

/** The story in short, over `listen(after, tell)`, which gives what ends the subscription. */
async function shortStory(t, listen) {
  const subscribe = after => {
    const answers = pulled(tell => listen(after, tell));
    // A stream that is left open would keep this program from ending.
    t.after(() => answers.return());
    return answers;
  };
  let answers = subscribe();
  await hearing(answers);
  await write('one');
  const cursor = await expect(answers, ['one']);
  await answers.return();
  await write('two');
  answers = subscribe(cursor);
  await expect(answers, ['two']);
  await write('three');
  await expect(answers, ['three']);
}

test('Apollo Client, over graphql-ws', patience, async t => {
  const connection = socket({ connectionParams: bearer(ben.token) });
  const client = new ApolloClient({ link: new GraphQLWsLink(connection), cache: new InMemoryCache() });
  t.after(async () => {
    client.stop();
    await connection.dispose();
  });
  await shortStory(t, (after, tell) => {
    const answers = client.subscribe({ query: gql(messageReceived), variables: { after } });
    const subscription = answers.subscribe({ next: ({ data, error }) => tell({ data, errors: error }) });
    return () => subscription.unsubscribe();
  });
});

for (const [name, exchanges] of Object.entries({
  'urql, over graphql-ws': t => {
    const connection = socket({ connectionParams: bearer(ben.token) });
    t.after(() => connection.dispose());
    return [
      subscriptionExchange({
        forwardSubscription: request => ({
          subscribe: sink => ({ unsubscribe: connection.subscribe({ ...request, query: request.query ?? '' }, sink) }),
        }),
      }),
    ];
  },
  'urql, its own event stream': () => [fetchExchange],
})) {
  test(name, patience, async t => {
    const client = new Client({
      url: endpoint,
      exchanges: exchanges(t),
      fetchSubscriptions: name.includes('event stream'),
      fetchOptions: { headers: bearer(ben.token) },
      preferGetMethod: false,
    });
    await shortStory(t, (after, tell) => {
      const answers = client.subscription(messageReceived, { after });
      return answers.subscribe(({ data, error }) => tell({ data, errors: error })).unsubscribe;
    });
  });
}
