// What stands in the fields of a form or query, as plain texts?

/** A parsed body or query: flat, each value a text or several. */
export type Fields = Readonly<Record<string, unknown>>;

/** One field, trimmed; undefined when it is absent. Of several values the first counts. */
export function fieldOf(fields: Fields, name: string): string | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return typeof one === 'string' ? one.trim() : undefined;
}

/** One field, trimmed; '' when it is absent. */
export const textOf = (fields: Fields, name: string): string => fieldOf(fields, name) ?? '';

/** A part of the address, as it stands there; '' when the route has none of that name. */
export function paramOf(req: { params: Fields }, name: string): string {
  const value = req.params[name];
  return typeof value === 'string' ? value : '';
}

/** The named fields that are there. */
export function textsOf<N extends string>(fields: Fields, names: readonly N[]): Partial<Record<N, string>> {
  const texts: Partial<Record<N, string>> = {};
  for (const name of names) {
    const text = fieldOf(fields, name);
    if (text !== undefined) texts[name] = text;
  }
  return texts;
}

/** Numbers as typed: '85,5' and '85.5' are numbers, '' is none, anything else is left for the schema to refuse. */
export function typedNumber(text: string): number | string | null {
  if (text === '') return null;
  const plain = text.replace(',', '.');
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : text;
}

/** As a one-line input shows it: without the line breaks that a remark may have (the API takes them). */
export const oneLine = (text: string): string => text.replace(/[\r\n]+/g, '');

/** A form's fields without those that were left empty: what has a default then takes it. */
export const withoutBlank = (typed: Record<string, unknown>, ...names: string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(typed).filter(([name, value]) => value !== '' || !names.includes(name)));
