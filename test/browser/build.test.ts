// Is what a browser has to load small, and does it hold what the pages use?
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error -- build scripts are plain JavaScript
import { buildBrowser } from '../../scripts/build-browser.mjs';
// @ts-expect-error -- build scripts are plain JavaScript
import { purgeCss } from '../../scripts/build-css.mjs';

const KB = 1000;
let dir = '';
let manifest: Record<string, string> = {};
const files = new Map<string, string>();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'build-'));
  manifest = await (buildBrowser as (o: object) => Promise<typeof manifest>)({ outdir: join(dir, 'build') });
  for (const name of await readdir(join(dir, 'build')))
    files.set(name, await readFile(join(dir, 'build', name), 'utf8'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const gzip = (name: string): number => gzipSync(files.get(name)!).length;

/** A script with everything it imports at once, and those of the dynamic imports whose name begins as given. */
function closure(name: string, lazily: string[]): Set<string> {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, other] of files.get(file)!.matchAll(/"\.\/([\w-]+\.js)"/g))
      if (other!.startsWith('chunk-') || lazily.some((begin) => other!.startsWith(begin))) visit(other!);
  };
  visit(name);
  return seen;
}

const size = (lazily: string[]): number =>
  [...closure(manifest['app.js']!, lazily)].reduce((sum, file) => sum + gzip(file), gzip(manifest['early.js']!));

describe('the bundle', () => {
  it('names every entry, with a name that changes with its content', () => {
    expect(Object.keys(manifest).sort()).toEqual(['app.css', 'app.js', 'early.js']);
    for (const file of Object.values(manifest)) expect(file).toMatch(/-[A-Z0-9]{8}\.(js|css)$/);
  });

  it.each([
    ['the dashboard', ['charts-', 'esm-']],
    ['a list', ['tables-', 'esm-']],
    ['a sheet', ['sheet-', 'esm-']],
  ])('loads less than 120 KB of script on %s', (_page, lazily) => {
    const loaded = size(lazily);
    expect(loaded).toBeGreaterThan(10 * KB);
    expect(loaded).toBeLessThan(120 * KB);
  });

  it('has a small worker that knows all other files of its build', () => {
    const worker = files.get('sw.js')!;
    expect(gzipSync(worker).length).toBeLessThan(5 * KB);
    for (const name of files.keys())
      if (/\.(js|css|woff2)$/.test(name)) expect(worker.includes(`/build/${name}`), name).toBe(name !== 'sw.js');
  });

  it('has one style sheet of less than 40 KB', () => {
    expect(gzip(manifest['app.css']!)).toBeLessThan(40 * KB);
  });

  it('draws every icon that is named outright in a view', async () => {
    const css = files.get(manifest['app.css']!)!;
    const views = await readdir('views', { recursive: true });
    for (const view of views.filter((name) => name.endsWith('.ejs'))) {
      const text = await readFile(join('views', view), 'utf8');
      for (const [, icon] of text.matchAll(/class="bi bi-([a-z0-9-]+)"/g))
        expect(css, `${view}: bi-${icon}`).toContain(`.bi-${icon}{`);
    }
  });
});

describe('purging', () => {
  const words = { whole: new Set(['btn', 'used']), beginnings: new Set(['tone-']) };
  const purge = purgeCss as (css: string, w: typeof words) => string;

  it('keeps elements, used classes and beginnings of made-up ones', () => {
    const css = 'a{x:1}.used,.unused{x:2}.tone-good{x:3}.btn:not(.disabled):hover{x:4}';
    expect(purge(css, words)).toBe('a{x:1}.used{x:2}.tone-good{x:3}.btn:not(.disabled):hover{x:4}');
  });

  it('drops rules and media queries in which nothing is left', () => {
    expect(purge('@media print{.gone{x:1}}.gone .used{x:2}', words)).toBe('');
  });

  it('leaves key frames and quoted braces alone', () => {
    const css = '@keyframes a{from{x:1}to{x:2}}.used{background:url("data:,{}")}';
    expect(purge(css, words)).toBe(css);
  });
});
