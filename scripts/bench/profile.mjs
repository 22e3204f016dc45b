// Where did the server's time go? Self time by function and by package, out of a CPU profile.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TOP = 25;
const TOP_GROUPS = 14;

function pathOf(url, root) {
  if (!url.startsWith('file:')) return url === '' ? '(native)' : url;
  const path = fileURLToPath(url);
  const dependency = path.indexOf('node_modules/');
  if (dependency !== -1) return path.slice(dependency);
  return path.startsWith(root) ? path.slice(root.length).replace(/^\//, '') : path;
}

/** The package of a dependency, the folder of our own code. */
function groupOf(path) {
  const inside = path.split('node_modules/').at(-1);
  if (inside !== path)
    return inside
      .split('/')
      .slice(0, inside.startsWith('@') ? 2 : 1)
      .join('/');
  if (path.startsWith('node:')) return path.split('/').slice(0, 2).join('/');
  return path.split('/').slice(0, 3).join('/');
}

const sorted = (map) => [...map].sort((a, b) => b[1] - a[1]);

function add(map, key, n) {
  map.set(key, (map.get(key) ?? 0) + n);
}

/** Self time in microseconds by function and by group; idle time apart. */
export function summarise(profile, root) {
  const self = new Map();
  profile.samples.forEach((id, i) => add(self, id, profile.timeDeltas[i] ?? 0));
  const functions = new Map();
  const groups = new Map();
  let idle = 0;
  for (const { id, callFrame } of profile.nodes) {
    const time = self.get(id) ?? 0;
    if (callFrame.functionName === '(idle)') idle += time;
    if (time === 0 || callFrame.functionName === '(idle)') continue;
    const path = pathOf(callFrame.url, root);
    const special = callFrame.functionName.startsWith('(') && callFrame.url === '';
    const where = special ? '' : `  ${path}:${String(callFrame.lineNumber + 1)}`;
    add(functions, `${callFrame.functionName || '(anonymous)'}${where}`, time);
    add(groups, special ? callFrame.functionName : groupOf(path), time);
  }
  const busy = [...functions.values()].reduce((a, b) => a + b, 0);
  return { busy, idle, functions: sorted(functions), groups: sorted(groups) };
}

/** The summary as text; `requests` turns shares into microseconds per request. */
export function describeProfile(file, { root, requests, name }) {
  const { busy, idle, functions, groups } = summarise(JSON.parse(readFileSync(file, 'utf8')), root);
  const line = ([what, time]) =>
    `${((100 * time) / busy).toFixed(1).padStart(6)} %${(time / requests).toFixed(1).padStart(8)} µs  ${what}`;
  return [
    '',
    `Profile of ${name}: the thread was busy ${((100 * busy) / (busy + idle)).toFixed(0)} % of the time,` +
      ` ${(busy / requests).toFixed(0)} µs a request over ${String(requests)} requests (${file})`,
    '  self time by package or folder',
    ...groups.slice(0, TOP_GROUPS).map(line),
    '  self time by function',
    ...functions.slice(0, TOP).map(line),
  ].join('\n');
}
