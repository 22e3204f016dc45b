// What does one row of a class sheet hold in the page: what is stored, and what is typed over it?
import { all } from './dom.ts';
import { FIELDS, plain, same } from './row-texts.ts';
import type { Kind, ServerRow, Texts } from './row-texts.ts';

export interface SheetRow {
  id: string;
  name: string;
  element: HTMLTableRowElement;
  /** What somebody else stored meanwhile, and otherwise: a person has to choose. */
  clash: ServerRow | null;
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

type Control = HTMLInputElement | RadioNodeList | null;

function readRow(form: HTMLFormElement, kind: Kind, element: HTMLTableRowElement): SheetRow {
  const id = element.dataset['studentId'] ?? '';
  const controls = new Map<string, Control>();
  const control = (name: string): Control => {
    const known = controls.get(name);
    if (known !== undefined) return known;
    const found = form.elements.namedItem(`${name}.${id}`) as Control;
    controls.set(name, found);
    return found;
  };
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
