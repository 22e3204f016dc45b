// What does one row of a class sheet hold in the page: what is stored, and what is typed over it?
import { all } from './dom.ts';
import { oneLine } from '../platform/http/texts.ts';
import type { Change } from './outbox.ts';
import { FIELDS, plain, same } from './row-texts.ts';
import type { Kind, ServerRow, Texts } from './row-texts.ts';

export interface SheetRow {
  id: string;
  name: string;
  element: HTMLTableRowElement;
  /** What somebody else stored meanwhile, and otherwise: a person has to choose. */
  clash: ServerRow | null;
  /** What the outbox holds of it, as it was last drawn. */
  kept: Change | undefined;
  /** The mark alone, as typed. */
  mark: () => string;
  typed: () => Texts;
  type: (texts: Texts) => void;
  stored: () => Texts;
  version: () => number;
  /** Takes over what the server has; the inputs are left alone. */
  store: (texts: Texts, version: number) => void;
  isChanged: () => boolean;
}

/** The input shows a stored remark without its line breaks: that is no change of it. */
const withBreaks = (texts: Texts, stored: string): Texts =>
  texts['remarks'] === oneLine(stored) ? { ...texts, remarks: stored } : texts;

/** All rows of the form, in its order. */
export function readRows(form: HTMLFormElement, kind: Kind): SheetRow[] {
  return all<HTMLTableRowElement>('tr[data-student-id]', form).map((element) => readRow(kind, element));
}

function readRow(kind: Kind, element: HTMLTableRowElement): SheetRow {
  const id = element.dataset['studentId'] ?? '';
  // Looked up once: the form's own collections go through the whole sheet at every question.
  const controls = new Map<string, HTMLInputElement>();
  const choices = new Map<string, HTMLInputElement[]>();
  for (const input of all<HTMLInputElement>('input', element)) {
    const name = input.name.slice(0, input.name.indexOf('.'));
    if (input.type === 'radio') choices.set(name, [...(choices.get(name) ?? []), input]);
    else controls.set(name, input);
  }
  const valueOf = (name: string): string =>
    (controls.get(name) ?? choices.get(name)?.find(({ checked }) => checked))?.value.trim() ?? '';
  const put = (name: string, text: string): void => {
    const input = controls.get(name);
    if (input) input.value = text;
    for (const choice of choices.get(name) ?? []) choice.checked = choice.value === text;
  };
  const read = (prefix: string): Texts =>
    Object.fromEntries(FIELDS[kind].map((field) => [field, valueOf(`${prefix}${field}`)]));
  const write = (prefix: string, texts: Texts): void => {
    for (const [field, text] of Object.entries(texts))
      if (valueOf(`${prefix}${field}`) !== text) put(`${prefix}${field}`, text);
  };
  const row: SheetRow = {
    id,
    name: (element.querySelector('th a') ?? element.querySelector('th'))?.textContent.trim() ?? '',
    element,
    clash: null,
    kept: undefined,
    mark: () => valueOf(FIELDS[kind][0]),
    typed: () => withBreaks(plain(read('')), valueOf('was_remarks')),
    type: (texts) => write('', texts),
    stored: () => read('was_'),
    version: () => Number(valueOf('version')),
    store: (texts, version) => {
      write('was_', texts);
      if (row.version() === version) return;
      put('version', String(version));
      element.dataset['version'] = String(version);
    },
    isChanged: () => !same(row.typed(), row.stored()),
  };
  return row;
}
