import { Kind, OperationTypeNode, parse } from 'graphql';
import { createClient } from 'graphql-sse';

const acceptable = 'application/graphql-response+json, application/json;q=0.9';

/** What every request has in common: this site's cookies, and no more of it anywhere than it must leave. */
const manners = { credentials: 'same-origin', cache: 'no-store', referrerPolicy: 'no-referrer' };

/**
 * Makes GraphiQL's fetcher: one POST an operation, to this server alone, with this site's cookies. A subscription's answers
 * come by event stream, for as long as GraphiQL wants them.
 */
export function fetcherTo(endpoint) {
  return async ({ query, variables, operationName }, { headers } = {}) => {
    const { name, kind } = chosen(query, operationName);
    const question = { query, variables, operationName: name };
    return kind === OperationTypeNode.SUBSCRIPTION
      ? stream(endpoint, question, headers)
      : answer(endpoint, question, headers);
  };
}

async function answer(endpoint, question, headers) {
  const response = await fetch(endpoint, {
    ...manners,
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', accept: acceptable },
    body: JSON.stringify(question),
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`The server answered ${response.status} and no JSON: ${text.slice(0, 200)}`);
  }
}

/** The answers to a subscription, as something observable: GraphiQL unsubscribes by its stop button, and with the tab. */
function stream(endpoint, question, headers) {
  return {
    subscribe(observer) {
      const client = createClient({
        url: endpoint,
        headers,
        // One that began anew by itself would hide that something may be missing in between.
        retryAttempts: 0,
        fetchFn: async (url, init) => {
          const response = await fetch(url, { ...init, ...manners });
          if (response.ok) return response;
          // The library would keep the reason to itself.
          throw new Error(`The server answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
        },
      });
      // Who has left is told nothing more, not even that it is over: GraphiQL may be at its next operation by then.
      let left = false;
      let last;
      const leave = client.subscribe(question, {
        next(result) {
          last = result;
          if (!left) observer.next(result);
        },
        error({ message }) {
          if (left) return;
          // With what came last, in which the cursor stands to go on from.
          observer.next({ ...last, errors: [{ message: `The subscription has ended: ${message}` }] });
          observer.complete();
        },
        complete() {
          if (!left) observer.complete();
        },
      });
      return {
        unsubscribe() {
          left = true;
          leave();
        },
      };
    },
  };
}

/**
 * Finds the operation to run. Right after a change of tabs GraphiQL still holds the name from the tab before, for as long
 * as it waits for typing to pause; where the document has one operation alone, that is the one.
 */
function chosen(query, operationName) {
  try {
    const operations = parse(query, { noLocation: true }).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    const one = operations.length === 1 ? operations[0] : operations.find(({ name }) => name?.value === operationName);
    return { name: one ? one.name?.value : operationName, kind: one?.operation };
  } catch {
    // The server says better than this page what is wrong with the document.
    return { name: operationName };
  }
}
