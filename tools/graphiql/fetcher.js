import { Kind, parse } from 'graphql';

const acceptable = 'application/graphql-response+json, application/json;q=0.9';

/** Makes GraphiQL's fetcher: one POST an operation, to this server alone, with this site's cookies. */
export function fetcherTo(endpoint) {
  return async ({ query, variables, operationName }, { headers } = {}) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      credentials: 'same-origin',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      headers: { ...headers, 'content-type': 'application/json', accept: acceptable },
      body: JSON.stringify({ query, variables, operationName: chosen(query, operationName) }),
    });
    const text = await response.text();
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`The server answered ${response.status} and no JSON: ${text.slice(0, 200)}`);
    }
  };
}

/**
 * Names the operation to run. Right after a change of tabs GraphiQL still holds the name from the tab before, for as long
 * as it waits for typing to pause; where the document has one operation alone, that is the one.
 */
function chosen(query, operationName) {
  try {
    const operations = parse(query, { noLocation: true }).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    return operations.length === 1 ? operations[0].name?.value : operationName;
  } catch {
    // The server says better than this page what is wrong with the document.
    return operationName;
  }
}
