// Does the bench measure, does it notice wrong answers, and does it tidy up? The real one, for a few seconds.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isStale } from '../../scripts/fresh.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

let temp: string;
beforeAll(() => {
  temp = mkdtempSync(join(tmpdir(), 'studentcore-bench-test-'));
});
afterAll(() => rmSync(temp, { recursive: true, force: true }));

interface Row {
  name: string;
  requests?: number;
  errors: number;
  cpu?: number;
}

/** Runs the bench on what is built; `onText` hears all it has said so far. */
function bench(args: string[], onText: (text: string, child: ReturnType<typeof spawn>) => void = () => undefined) {
  const child = spawn(process.execPath, [join(root, 'scripts/bench/bench.mjs'), ...args], {
    env: { PATH: process.env['PATH'], HOME: temp, TMPDIR: temp },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const hear = (chunk: Buffer): void => {
    text += chunk.toString();
    onText(text, child);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  return new Promise<{ code: number | null; text: string }>((done) => {
    child.on('close', (code) => done({ code, text }));
  });
}

/** Processes that were started with something of the temporary folder. */
const leftBehind = (): string[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')];
      } catch {
        return [];
      }
    })
    .filter((line) => line.includes(temp));

/** A copy of the built app in which a text of one file is another. */
function brokenApp(file: string, from: string, to: string): string {
  const app = join(temp, 'broken');
  mkdirSync(app);
  for (const name of ['dist', 'views', 'public', 'package.json'])
    cpSync(join(root, name), join(app, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(app, 'node_modules'));
  const before = readFileSync(join(app, file), 'utf8');
  expect(before).toContain(from);
  writeFileSync(join(app, file), before.replace(from, to));
  return app;
}

// A build in the middle of the tests would pull the files away under the others: scripts/test.sh has built before.
describe.skipIf(isStale())('npm run bench', { timeout: 120_000 }, () => {
  it('measures what it is asked for, reads everything back and leaves nothing behind', async () => {
    const json = join(temp, 'found.json');
    const only = 'fetch,search,stats,mark,result,sheet-save,page-dashboard';
    const asked = ['--root', root, '--only', only, '--users', '3', '--seconds', '0.5', '--json', json];
    const { code, text } = await bench(asked);
    expect(text).toContain('read-back');
    expect(code, text).toBe(0);
    const { rows } = JSON.parse(readFileSync(json, 'utf8')) as { rows: Row[] };
    expect(rows.map(({ name }) => name)).toEqual([...only.split(','), 'read-back']);
    expect(rows.every(({ errors }) => errors === 0)).toBe(true);
    for (const row of rows.slice(0, -1)) expect(row.requests, row.name).toBeGreaterThan(3);
    expect(leftBehind()).toEqual([]);
    expect(readdirSync(temp)).toEqual(['found.json']);
  });

  it('fails when the app answers fast but wrongly', async () => {
    const app = brokenApp('dist/dashboard/stats.service.js', 'students.active()', 'students.active() - 1');
    const { code, text } = await bench(['--root', app, '--only', 'stats', '--users', '2', '--seconds', '0.5']);
    expect(code).toBe(1);
    expect(text).toMatch(/stats: \d+ wrong answers/);
  });

  it('ends on Ctrl+C, and everything with it', async () => {
    let interrupted = false;
    const { code } = await bench(['--root', root, '--only', 'fetch', '--users', '2'], (text, child) => {
      if (interrupted || !text.includes('fetch, 2 users')) return;
      interrupted = true;
      child.kill('SIGINT');
    });
    expect(interrupted).toBe(true);
    expect(code).toBe(130);
    expect(leftBehind()).toEqual([]);
    expect(readdirSync(temp).filter((name) => name.startsWith('studentcore-bench'))).toEqual([]);
  });

  it.each([
    [['--only', 'flying'], 'there is no flying'],
    [['--users', 'many'], '--users is a list of whole numbers'],
    [['--fast'], "Unknown option '--fast'"],
  ])('says what it does not understand: %j', async (args, said) => {
    const { code, text } = await bench(args);
    expect(code).toBe(2);
    expect(text).toContain(said);
    expect(text.trim().split('\n')).toHaveLength(1);
  });
});
