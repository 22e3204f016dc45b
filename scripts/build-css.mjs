// Which rules of Bootstrap and DataTables, and which icons, do our pages use? Everything else is left out of the bundle.
import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Libraries that put classes on elements themselves. */
const LIBRARIES = [
  'node_modules/datatables.net/js/dataTables.mjs',
  'node_modules/datatables.net-bs5/js/dataTables.bootstrap5.mjs',
];

/** Every word that could be a class: those written out, beginnings of made-up ones (`btn-outline-<%= … %>`), and icon names. */
export async function wordsOfSources(root) {
  const words = { whole: new Set(), beginnings: new Set(), icons: new Set() };
  for (const [folder, ending] of [
    ['views', '.ejs'],
    ['src', '.ts'],
  ]) {
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith(ending)) continue;
      const text = await readFile(join(entry.parentPath, entry.name), 'utf8');
      const forBrowser = ending === '.ejs' || relative(root, entry.parentPath).startsWith(join('src', 'browser'));
      addIcons(words, text, forBrowser);
      // Server code names no classes; its words would only keep rules alive.
      if (forBrowser) addWords(words, text);
    }
  }
  for (const file of LIBRARIES) {
    const text = await readFile(join(root, file), 'utf8');
    for (const [, quoted] of text.matchAll(/'([^'\n]+)'/g)) addWords(words, quoted);
  }
  return words;
}

function addWords(words, text) {
  for (const [word] of text.matchAll(/[A-Za-z][\w-]*/g)) words.whole.add(word);
  for (const [, word] of text.matchAll(/([A-Za-z][\w-]*-)(?=<%|\$\{|['"`]\s*\+)/g)) words.beginnings.add(word);
}

function addIcons(words, text, forBrowser) {
  for (const [, name] of text.matchAll(/\bbi-([a-z0-9]+(?:-[a-z0-9]+)*)/g)) words.icons.add(name);
  // Names handed to a partial, `icon: 'plus-lg'`.
  for (const [, name] of text.matchAll(/\bicon\w*\s*[:=?]\s*['"]([a-z0-9-]+)['"]/g)) words.icons.add(name);
  // Names chosen from a list: any quoted word of a template or of the browser's code may be one.
  if (forBrowser) for (const [, name] of text.matchAll(/['"]([a-z0-9]+(?:-[a-z0-9]+)*)['"]/g)) words.icons.add(name);
}

/** Room below each icon on the sheet, as large as itself: at broken sizes nothing of the next one shows. */
const PITCH = 32;

/**
 * All icons on one sheet, a mask drawn in the colour of the text around it: no font to load, no flash of empty boxes. One,
 * because a browser makes a whole document of every image of its own, which costs a slow processor 30 ms each.
 */
export async function iconCss(root, words) {
  const names = [];
  const drawings = [];
  for (const name of [...words.icons].sort()) {
    let svg;
    try {
      svg = await readFile(join(root, 'node_modules/bootstrap-icons/icons', `${name}.svg`), 'utf8');
    } catch {
      continue; // A quoted word that is no icon.
    }
    const drawing = svg.replace(/<\/?svg[^>]*>/g, '').replace(/\s*\n\s*/g, '');
    names.push(name);
    drawings.push(`<g transform="translate(0 ${String(PITCH * drawings.length)})">${drawing}</g>`);
  }
  const [width, height] = [16, PITCH * drawings.length];
  // In percent of what the sheet is higher than an icon, so that a browser's rounding of its size moves no icon.
  const rules = names.map((name, i) => `.bi-${name}{--icon:${((PITCH * i * 100) / (height - width)).toFixed(5)}%}`);
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none"`;
  const sheet = `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${drawings.join('')}</svg>`
    .replaceAll('"', "'")
    .replaceAll('#', '%23')
    .replaceAll('<', '%3c')
    .replaceAll('>', '%3e');
  // The name that every browser knows, so that it stands there once.
  return [`.bi::before{-webkit-mask-image:url("data:image/svg+xml,${sheet}")}`, ...rules].join('\n');
}

/** The style sheet without the rules that need a class nobody uses. */
export function purgeCss(text, words) {
  const css = text.replace(/\/\*[\s\S]*?\*\//g, '');
  let out = '';
  let at = 0;
  while (at < css.length) {
    const open = css.indexOf('{', at);
    const semicolon = css.indexOf(';', at);
    if (open === -1) break;
    // An @import or @charset ends with a semicolon before any block opens. In a data: address there is none at this level.
    if (semicolon !== -1 && semicolon < open && css.slice(at, open).trim().startsWith('@')) {
      out += css.slice(at, semicolon + 1);
      at = semicolon + 1;
      continue;
    }
    const head = css.slice(at, open).trim();
    const close = endOfBlock(css, open);
    const body = css.slice(open + 1, close);
    at = close + 1;
    if (/^@(?:media|supports|layer)/.test(head)) {
      const inner = purgeCss(body, words);
      if (inner !== '') out += `${head}{${inner}}`;
    } else if (head.startsWith('@')) {
      out += `${head}{${body}}`;
    } else {
      const kept = splitSelectors(head).filter((selector) => isUsed(selector, words));
      if (kept.length > 0) out += `${kept.join(',')}{${body}}`;
    }
  }
  return out;
}

function endOfBlock(css, open) {
  let depth = 0;
  let quote = '';
  for (let i = open; i < css.length; i += 1) {
    const c = css[i];
    if (quote !== '') {
      if (c === '\\') i += 1;
      else if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '{') depth += 1;
    else if (c === '}' && (depth -= 1) === 0) return i;
  }
  return css.length;
}

function splitSelectors(head) {
  const parts = [''];
  let depth = 0;
  for (const c of head) {
    if (c === '(' || c === '[') depth += 1;
    else if (c === ')' || c === ']') depth -= 1;
    if (c === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts;
}

function isUsed(selector, words) {
  // What stands in :not() need not exist for the rule to matter.
  const plain = selector.replace(/:not\((?:[^()]|\([^()]*\))*\)/g, '');
  for (const [, raw] of plain.matchAll(/\.((?:[\w-]|\\.)+)/g)) {
    const name = raw.replaceAll('\\', '');
    if (words.whole.has(name)) continue;
    if (![...words.beginnings].some((beginning) => name.startsWith(beginning))) return false;
  }
  return true;
}
