// How do the figures get into docs/performance.md? Between two marks, in place of what stood there.
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('../../docs/performance.md', import.meta.url);

const marks = (name) => [`<!-- ${name}: written by npm run bench -- --markdown -->`, `<!-- end of ${name} -->`];

/** `text` with what stands between the marks replaced. */
export function replaced(text, name, tables) {
  const [begin, end] = marks(name);
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`docs/performance.md has no place for ${name}: ${begin} … ${end}`);
  return `${text.slice(0, from)}${begin}\n\n${tables}\n\n${text.slice(to)}`;
}

export function writeTables(name, tables) {
  writeFileSync(FILE, replaced(readFileSync(FILE, 'utf8'), name, tables));
}
