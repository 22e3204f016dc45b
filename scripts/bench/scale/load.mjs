// Where does a large college come from? Made once, from its plan, and kept in a temporary folder for the next time.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seedLogins } from '../college.mjs';
import { startEngine } from '../engine.mjs';
import { writeFacts } from '../facts.mjs';
import { createExport, dump, importExport, marshalItem } from './export.mjs';
import { itemsOf } from './items.mjs';
import { planScale } from './plan.mjs';

const CACHE = join(tmpdir(), 'studentcore-bench-cache');
const PREFIX = 'studentcore-';
const DATABASE = 'studentcore.db';

/** Changes when the same plan would be stored otherwise: what is kept under another name is not used. */
async function fingerprint(app, today) {
  const hash = createHash('sha256').update(readFileSync(join(app, 'dist/tables.js')));
  for await (const item of itemsOf(app, await planScale(app, 1, today))) hash.update(JSON.stringify(item));
  return hash.digest('hex').slice(0, 12);
}

/** A folder for the making; nobody needs it to survive. */
function draftFolder() {
  const draft = mkdtempSync(join(tmpdir(), 'studentcore-bench-'));
  process.on('exit', () => rmSync(draft, { recursive: true, force: true }));
  return draft;
}

async function make({ app, scale, today, say }, kept) {
  say(`Making a college of ${(250 * scale).toLocaleString('en-US')} students, once …`);
  const draft = draftFolder();
  const dataDir = join(draft, 'data');
  const folder = join(draft, 'export');
  const items = createExport(folder);
  await seedLogins(app, dataDir, today);
  const engine = await startEngine(app, dataDir);
  const schema = await dump(engine.port, items.add).finally(engine.stop);
  const plan = await planScale(app, scale, today);
  for await (const [table, item] of itemsOf(app, plan)) await items.add(`${PREFIX}${table}`, marshalItem(item));
  await items.close();
  await importExport(app, { folder, schema, output: join(dataDir, DATABASE) });
  writeFacts(dataDir, plan.facts);
  // Under its name only when it is whole.
  const copy = `${kept}.${String(process.pid)}`;
  cpSync(dataDir, copy, { recursive: true });
  renameSync(copy, kept);
  rmSync(draft, { recursive: true, force: true });
}

/** A fresh folder with so many demo colleges in it, made once and copied from then on. */
export async function loadScale({ app, scale, dataDir, say }) {
  // Rows lie before the first of the month, so that a month's runs measure the same data.
  const today = `${new Date().toISOString().slice(0, 7)}-01`;
  const kept = join(CACHE, `${String(scale)}-${today}-${await fingerprint(app, today)}`);
  mkdirSync(CACHE, { recursive: true });
  if (!existsSync(kept)) await make({ app, scale, today, say }, kept);
  cpSync(kept, dataDir, { recursive: true });
}
