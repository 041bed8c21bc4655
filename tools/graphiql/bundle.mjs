// Bundles GraphiQL into assets/graphiql: the page's script, style and font, one script a worker, and each again compressed.
// The same inputs give the same bytes. Called by `build` beside it, which knows when there is nothing to do.

import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '..', '..', 'assets', 'graphiql');

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  target: 'es2022',
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning',
};
const workers = {
  'editor.worker': 'monaco-editor/esm/vs/editor/editor.worker.js',
  'json.worker': 'monaco-editor/esm/vs/language/json/json.worker.js',
  'graphql.worker': 'monaco-graphql/esm/graphql.worker.js',
};

const results = await Promise.all([
  build({
    ...common,
    entryPoints: { graphiql: 'main.jsx' },
    outdir: out,
    format: 'esm',
    jsx: 'automatic',
    loader: { '.ttf': 'file' },
    assetNames: '[name]-[hash]',
    banner: { js: '/*! The licences of all that is bundled here stand in licences.txt beside this file. */' },
  }),
  build({ ...common, entryPoints: workers, outdir: out, format: 'iife' }),
]);

const files = new Map(results.flatMap(r => r.outputFiles).map(file => [basename(file.path), Buffer.from(file.contents)]));
files.set('licences.txt', await licences(results.flatMap(r => Object.keys(r.metafile.inputs))));

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
for (const [name, bytes] of files) {
  await writeFile(join(out, name), bytes);
  await writeFile(join(out, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  console.log(`${String(bytes.length).padStart(9)}  ${relative(process.cwd(), join(out, name))}`);
}

/** Collects the licence texts of the packages that the inputs come from: most ask to travel with every copy. */
async function licences(inputs) {
  const roots = new Set(inputs.map(path => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]).filter(Boolean));
  const parts = [];
  for (const root of [...roots].sort()) {
    const folder = join(here, root);
    const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const texts = (await readdir(folder)).filter(file => /^(licen[cs]e|notice|thirdpartynotices)/i.test(file)).sort();
    parts.push(`==== ${name} ${version} (${license})\n`);
    for (const text of texts) parts.push(await readFile(join(folder, text), 'utf8'));
  }
  return Buffer.from(parts.join('\n'));
}
