// Which files does the browser get? Bundles src/browser into hashed files and writes manifest.json: logical name → hashed name.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { build } from 'esbuild';
import { iconCss, purgeCss, wordsOfSources } from './build-css.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Names of the entry points, as templates ask for them with asset('…'). */
const ENTRIES = { 'app.js': 'src/browser/app.ts', 'app.css': 'src/browser/app.css' };
/** Runs before the first paint, so it is a plain script that blocks: it must stay tiny. */
const EARLY = { 'early.js': 'src/browser/early.ts' };
/** Served as /sw.js: always under the same name, which changes nothing for browsers as they compare its bytes. */
const WORKER = 'src/browser/worker/sw.ts';
/** The worker keeps the page made of these. */
const OFFLINE_VIEWS = ['views/layout.ejs', 'views/offline/offline.ejs'];

/** Makes `public/build` (or `outdir`) anew and returns the manifest. */
export async function buildBrowser({ outdir = join(root, 'public/build'), dev = false } = {}) {
  const words = await wordsOfSources(root);
  const fresh = `${outdir}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  const shared = {
    absWorkingDir: root,
    bundle: true,
    outdir: fresh,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    loader: { '.woff2': 'file' },
    target: ['es2022', 'chrome111', 'firefox115', 'safari16.4'],
    minify: !dev,
    sourcemap: dev,
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  };
  const results = await Promise.all([
    build({ ...shared, entryPoints: Object.values(ENTRIES), format: 'esm', splitting: true, plugins: [css(words)] }),
    build({ ...shared, entryPoints: Object.values(EARLY), format: 'iife' }),
  ]);
  const manifest = {};
  for (const { metafile } of results)
    for (const [file, { entryPoint }] of Object.entries(metafile.outputs))
      for (const [name, source] of Object.entries({ ...ENTRIES, ...EARLY }))
        if (entryPoint === source) manifest[name] = basename(file);
  await buildWorker(shared, fresh);
  await writeFile(join(fresh, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  if (!dev) await packAll(fresh);
  // A running app never sees half a build: the old folder goes and the new one comes in one step.
  await rm(outdir, { recursive: true, force: true });
  await rename(fresh, outdir);
  return manifest;
}

/** The worker knows all other files of its build, and has a new version when one of them, or what it keeps, is new. */
async function buildWorker(shared, folder) {
  const files = (await readdir(folder)).filter((name) => !name.endsWith('.map')).sort();
  const hash = createHash('sha256').update(files.join());
  for (const view of OFFLINE_VIEWS) hash.update(await readFile(join(root, view)));
  const build_ = { version: hash.digest('hex').slice(0, 12), files: files.map((name) => `/build/${name}`) };
  await build({
    ...shared,
    entryPoints: [WORKER],
    entryNames: '[name]',
    format: 'iife',
    sourcemap: false,
    metafile: false,
    define: { BUILD: JSON.stringify(build_) },
  });
}

/** Lays beside each file what browsers take instead, as small as it gets: that work is done once, here. */
async function packAll(folder) {
  const pack = async (name) => {
    const bytes = await readFile(join(folder, name));
    await writeFile(join(folder, `${name}.br`), await promisify(brotliCompress)(bytes));
    await writeFile(join(folder, `${name}.gz`), await promisify(gzip)(bytes, { level: 9 }));
  };
  await Promise.all((await readdir(folder)).map(pack));
}

/** Keeps of vendor style sheets what our pages use, and makes `icons.css` out of the icons they name. */
const css = (words) => ({
  name: 'studentcore-css',
  setup(setup) {
    setup.onResolve({ filter: /^icons\.css$/ }, () => ({ path: 'icons.css', namespace: 'icons' }));
    setup.onLoad({ filter: /.*/, namespace: 'icons' }, async () => ({
      contents: await iconCss(root, words),
      loader: 'css',
    }));
    setup.onLoad({ filter: /node_modules.*\.css$/ }, async ({ path }) => ({
      contents: purgeCss(await readFile(path, 'utf8'), words),
      loader: 'css',
    }));
  },
});
