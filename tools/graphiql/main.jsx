import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { demoTabs, plainTabs } from './examples.js';
import { fetcherTo } from './fetcher.js';
import { Memory } from './memory.js';
import { Viewers, watched } from './viewers.jsx';

import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './page.css';

const workers = { json: 'json.worker.js', graphql: 'graphql.worker.js' };

// Workers come from the same folder as this script, as the content security policy asks; none is made from a blob.
globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(new URL(workers[label] ?? 'editor.worker.js', import.meta.url)),
};

const place = document.getElementById('graphiql');
const { endpoint, demo: isDemo } = place.dataset;
const demo = isDemo === 'true';
const fetcher = watched(fetcherTo(endpoint));

// Made once: GraphiQL compares plugins by identity. Its history plugin is left out on purpose, see memory.js.
const plugins = [explorerPlugin()];

createRoot(place).render(
  <>
    {demo && <Viewers fetcher={fetcher} />}
    <GraphiQL
      fetcher={fetcher}
      storage={new Memory()}
      plugins={plugins}
      defaultTabs={demo ? demoTabs : plainTabs}
      defaultEditorToolsVisibility="variables"
      shouldPersistHeaders={false}
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>Letterlock</GraphiQL.Logo>
    </GraphiQL>
  </>,
);
