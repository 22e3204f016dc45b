import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Paths below a folder, with this ending, from the root on. */
const filesIn = (folder: string, ...endings: string[]): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !path.startsWith('public/build'))
    .sort();

const foldersIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Import {
  from: string;
  to: string;
  /** Names that exist at run time; none for `import type`. */
  names: string[];
}

const STATEMENT = /^(?:import|export)\s+(type\s+)?([^;'"]*?)\s*from\s+'(\.[^']+)';/gms;
const DYNAMIC = /\bimport\('(\.[^']+)'\)/g;

function importsOf(path: string): Import[] {
  const source = read(path);
  const target = (specifier: string): string => relative(root, join(root, dirname(path), specifier));
  const statements = [...source.matchAll(STATEMENT)].map(([, type, names = '', specifier = '']) => ({
    from: path,
    to: target(specifier),
    names: type
      ? []
      : names
          .replace(/[{}*]/g, ' ')
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== '' && !name.startsWith('type ')),
  }));
  const dynamic = [...source.matchAll(DYNAMIC)].map(([, specifier = '']) => ({
    from: path,
    to: target(specifier),
    names: ['*'],
  }));
  return [...statements, ...dynamic];
}

/** `students` for src/students/student.ts; '' for what lies at the top. */
const roomOf = (path: string): string => path.split('/').slice(1, -1)[0] ?? '';

const sources = filesIn('src', '.ts');
const imports = sources.flatMap(importsOf);
const atRunTime = imports.filter((one) => one.names.length > 0);
const shown = ({ from, to, names }: Import): string => `${from} imports ${names.join(', ') || 'types'} of ${to}`;

/** Rooms that know a machine, know the school, or put the school together. */
const PLATFORM = 'platform';
const TOP = '';
const BROWSER = 'browser';
/** Knows all features by name: the demo data. */
const SEED = 'seed';
/** The machine under attendance and results: it lies below the features, as platform does. */
const SHEETS = 'sheets';
const FEATURES = foldersIn('src').filter((room) => ![PLATFORM, BROWSER, SEED].includes(room));

describe('imports point one way', () => {
  it('finds the imports at all', () => {
    expect(sources.length).toBeGreaterThan(80);
    expect(atRunTime.length).toBeGreaterThan(200);
  });

  it('from features to platform, never back', () => {
    const back = imports.filter(
      ({ from, to, names }) =>
        roomOf(from) === PLATFORM &&
        roomOf(to) !== PLATFORM &&
        // What can happen is the one word that both sides share.
        !(to === 'src/events.ts' && names.length === 0),
    );
    expect(back.map(shown)).toEqual([]);
  });

  it('from the top to features: whatever is made there arrives by injection', () => {
    const up = atRunTime.filter(({ from, to }) => FEATURES.includes(roomOf(from)) && roomOf(to) === TOP);
    expect(up.map(shown)).toEqual([]);
  });

  it('between features for types, nouns and pure rules only: no service, page or call of another', () => {
    const made = atRunTime.filter(
      ({ from, to, names }) =>
        FEATURES.includes(roomOf(from)) &&
        FEATURES.includes(roomOf(to)) &&
        roomOf(from) !== roomOf(to) &&
        roomOf(to) !== SHEETS &&
        (names.some((name) => /^(create|register)[A-Z]/.test(name)) || /\.(routes|api)\.ts$/.test(to)),
    );
    expect(made.map(shown)).toEqual([]);
  });

  it('from attendance and results to the sheets below them, never back', () => {
    const back = atRunTime.filter(
      ({ from, to }) => roomOf(from) === SHEETS && ![SHEETS, PLATFORM].includes(roomOf(to)),
    );
    expect(back.map(shown)).toEqual([]);
  });

  it('nowhere to the demo data', () => {
    const used = imports.filter(({ from, to }) => roomOf(from) !== SEED && roomOf(to) === SEED);
    expect(used.map(shown)).toEqual([]);
  });

  it('from the browser to types and to files that stand alone, so that no server code is sent to it', () => {
    const standsAlone = (path: string): boolean => !/^import (?!type\b)/m.test(read(path));
    const pulled = atRunTime.filter(
      ({ from, to }) => roomOf(from) === BROWSER && roomOf(to) !== BROWSER && !standsAlone(to),
    );
    expect(pulled.map(shown)).toEqual([]);
    const used = imports.filter(({ from, to }) => roomOf(from) !== BROWSER && roomOf(to) === BROWSER);
    expect(used.map(shown)).toEqual([]);
  });

  it('in no circle', () => {
    const next = new Map<string, string[]>();
    for (const { from, to } of atRunTime) next.set(from, [...(next.get(from) ?? []), to]);
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (path.includes(file) || done.has(file)) return;
      for (const to of next.get(file) ?? []) visit(to, [...path, file]);
      done.add(file);
    };
    for (const file of sources) visit(file, []);
    expect(circles).toEqual([]);
  });
});

describe('what stands in one place only', () => {
  const containing = (pattern: RegExp): string[] => sources.filter((path) => pattern.test(read(path)));

  it('the environment is read by config', () => {
    expect(containing(/\bprocess\.env\b/)).toEqual(['src/platform/config.ts']);
    expect(containing(/import \{[^}]*\benv\b[^}]*\} from 'node:process'/)).toEqual([]);
  });

  it('whole tables are scanned at start-up and by the sweeper, never on a request', () => {
    expect(containing(/\bScanCommand\b|\bpaginateScan\b/)).toEqual([
      'src/platform/dynamo/reads.ts',
      'src/platform/dynamo/sweep.ts',
      'src/platform/dynamo/wire.ts', // sends what those ask
    ]);
    // And by the commands that look at a whole college: verify-trail, backup, restore.
    const offline = ['src/trail/first-look.ts', 'src/backup/backup.ts', 'src/backup/restore.ts'];
    for (const path of containing(/\bscan(All|Pages)\b/).filter((one) => !offline.includes(one))) {
      expect(path).toMatch(/\.repository\.ts$|dynamo\/reads\.ts$/);
    }
  });

  it('HTTP and DynamoDB do not meet', () => {
    const http = sources.filter((path) => /\.(routes|api)\.ts$/.test(path));
    const database = atRunTime.filter(
      ({ from, to }) => http.includes(from) && (to.includes('/dynamo/') || to.endsWith('.repository.ts')),
    );
    expect(database.map(shown)).toEqual([]);
    const services = sources.filter((path) => path.endsWith('.service.ts') || path.endsWith('.repository.ts'));
    expect(services.filter((path) => /from 'express'|platform\/http\//.test(read(path)))).toEqual([]);
  });

  it('events are types only', () => {
    const source = read('src/events.ts');
    expect(importsOf('src/events.ts').filter((one) => one.names.length > 0)).toEqual([]);
    expect(source).not.toMatch(/^export (?!type |interface )/m);
  });
});

describe('the house', () => {
  it('has a room in src for every room of views and tests', () => {
    const rooms = foldersIn('src');
    const beside = ['partials'];
    expect(foldersIn('views').filter((room) => !rooms.includes(room) && !beside.includes(room))).toEqual([]);
    // Of what belongs to no single room: the whole API, the store below the features, a model beside them, nonsense
    // sent to them, a bad world around them, the scripts, the way to the cloud, the browser journey.
    const whole = [
      ...['api', 'store', 'model', 'fuzz', 'faults', 'scripts', 'journey', 'support'],
      ...['cloudformation', 'deploy', 'cloud'],
    ];
    expect(foldersIn('test').filter((room) => !rooms.includes(room) && !whole.includes(room))).toEqual([]);
  });

  it('has views for every feature that has pages', () => {
    const withPages = sources.filter((path) => path.endsWith('.routes.ts')).map(roomOf);
    expect(withPages.filter((room) => !foldersIn('views').includes(room))).toEqual([]);
  });

  it('opens every file by saying which question it answers', () => {
    const silent = [...sources, ...filesIn('scripts', '.mjs')].filter((path) => !/^\/[/*]/.test(read(path)));
    expect(silent).toEqual([]);
  });

  it('has no default exports and no barrels', () => {
    expect(sources.filter((path) => /^export (default|\*)/m.test(read(path)))).toEqual([]);
  });

  it('has no file that is too long to be read', () => {
    const files = [
      ...sources,
      ...filesIn('test', '.ts'),
      ...filesIn('views', '.ejs'),
      ...filesIn('scripts', '.mjs', '.sh'),
    ];
    const long = files.map((path) => [path, read(path).split('\n').length] as const).filter(([, lines]) => lines > 400);
    expect(long).toEqual([]);
  });
});

describe('views', () => {
  const views = filesIn('views', '.ejs').map((path) => ({ path, text: read(path) }));
  const having = (pattern: RegExp): string[] => views.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

  it('hold no inline script or style, which the CSP would refuse', () => {
    expect(having(/<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*["']|javascript:/i)).toEqual([]);
    expect(having(/<script\b(?![^>]*\bsrc=)/i)).toEqual([]);
  });

  it('load nothing from other hosts', () => {
    expect(having(/(?:src|href)\s*=\s*["'](?:https?:)?\/\//i)).toEqual([]);
  });

  it('print raw HTML only for includes and the page body', () => {
    const raw = views.flatMap(({ path, text }) =>
      [...text.matchAll(/<%-\s*([^%]*)/g)].map(([, code = '']) => `${path}: ${code.trim()}`),
    );
    expect(raw.filter((one) => !/: (include\(|it\.body)/.test(one))).toEqual([]);
  });
});
