// What lies in scripts/deploy and at the root, for tests that read it.
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');

export const readYaml = (path: string): unknown => parse(read(path));

export const deployFiles = (end: string): string[] =>
  readdirSync(`${root}scripts/deploy`).filter((name) => name.endsWith(end));

/** A unit's settings: section → name → all its values, in order. */
export function readUnit(name: string): Record<string, Record<string, string[]>> {
  const sections: Record<string, Record<string, string[]>> = {};
  let section: Record<string, string[]> = {};
  for (const line of read(`scripts/deploy/${name}`).split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const head = /^\[(\w+)\]$/.exec(line)?.[1];
    const [, key = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (head !== undefined) section = sections[head] ??= {};
    else if (key !== '') (section[key] ??= []).push(value);
    else throw new Error(`${name}: what is "${line}"?`);
  }
  return sections;
}
