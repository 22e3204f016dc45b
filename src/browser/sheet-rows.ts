// What does one row of a class sheet hold: what is stored, what is typed, and what somebody else stored meanwhile?
import { all } from './dom.ts';
import { FIELDS, plain, same } from './row-texts.ts';
import type { Kind, Texts } from './row-texts.ts';

/** A newer stored state than the one that was typed over: a person has to choose. */
export interface Clash {
  texts: Texts;
  version: number;
  who: string;
}

export interface SheetRow {
  id: string;
  name: string;
  element: HTMLTableRowElement;
  clash: Clash | null;
  typed: () => Texts;
  type: (texts: Texts) => void;
  stored: () => Texts;
  version: () => number;
  /** Takes over what the server has; the inputs are left alone. */
  store: (texts: Texts, version: number) => void;
  isChanged: () => boolean;
}

/** All rows of the form, in its order. */
export function readRows(form: HTMLFormElement, kind: Kind): SheetRow[] {
  return all<HTMLTableRowElement>('tr[data-student-id]', form).map((element) => readRow(form, kind, element));
}

function readRow(form: HTMLFormElement, kind: Kind, element: HTMLTableRowElement): SheetRow {
  const id = element.dataset['studentId'] ?? '';
  const control = (name: string): HTMLInputElement | RadioNodeList | null =>
    form.elements.namedItem(`${name}.${id}`) as HTMLInputElement | RadioNodeList | null;
  const read = (prefix: string): Texts =>
    Object.fromEntries(FIELDS[kind].map((field) => [field, control(`${prefix}${field}`)?.value.trim() ?? '']));
  const write = (prefix: string, texts: Texts): void => {
    for (const [field, text] of Object.entries(texts)) {
      const input = control(`${prefix}${field}`);
      if (input && input.value.trim() !== text) input.value = text;
    }
  };
  const row: SheetRow = {
    id,
    name: (element.querySelector('th a') ?? element.querySelector('th'))?.textContent.trim() ?? '',
    element,
    clash: null,
    typed: () => plain(read('')),
    type: (texts) => write('', texts),
    stored: () => read('was_'),
    version: () => Number(control('version')?.value ?? 0),
    store: (texts, version) => {
      write('was_', texts);
      const field = control('version');
      if (field) field.value = String(version);
      element.dataset['version'] = String(version);
    },
    isChanged: () => !same(row.typed(), row.stored()),
  };
  return row;
}

/** What came of a newer stored state: nothing new, taken over, or a choice to be made. */
export type Merged = 'same' | 'taken' | 'clash';

/**
 * Lays a stored state over a row. Fields nobody touched here follow it; a touched field that differs from it is a
 * clash. Versions are compared for equality only: a mark that was taken back has version 0 again.
 * The typed values are never lost: until somebody chooses, the row keeps them and the version it was typed over.
 */
export function merge(row: SheetRow, texts: Texts, version: number, who: string): Merged {
  const known = row.clash?.version ?? row.version();
  const stored = row.stored();
  const typed = row.typed();
  if (version === known && same(texts, row.clash?.texts ?? stored)) return 'same';
  if (same(texts, stored)) {
    // Only the version moved, as after a save of one's own.
    row.clash = null;
    row.store(texts, version);
    return 'taken';
  }
  const touched = Object.keys(typed).filter((field) => typed[field] !== stored[field]);
  if (touched.some((field) => typed[field] !== texts[field])) {
    row.clash = { texts, version, who };
    return 'clash';
  }
  row.clash = null;
  row.store(texts, version);
  row.type(texts);
  return 'taken';
}

/** Somebody chose: `mine` stays typed, now over the newer version; `theirs` is taken over. */
export function choose(row: SheetRow, which: 'mine' | 'theirs'): void {
  if (!row.clash) return;
  const { texts, version } = row.clash;
  row.clash = null;
  if (which === 'theirs') row.type(texts);
  row.store(texts, version);
}
