// What would a browser without scripts send from a form that it was shown? Ticks, choices and long texts included.
import type { Form } from './browser.ts';

const plain = (text: string): string =>
  text
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

const attribute = (tag: string, name: string): string | undefined => {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return found === undefined ? undefined : plain(found);
};

const has = (tag: string, name: string): boolean => new RegExp(`\\s${name}(?=[\\s=>])`).test(tag);

const CONTROL =
  /<input\b[^>]*>|<select\b[^>]*>[\s\S]*?<\/select>|<textarea\b[^>]*>[\s\S]*?<\/textarea>|<button\b[^>]*>/g;

/** The value that a control sends; undefined when it sends nothing. */
function valueOf(control: string): string | undefined {
  const [tag = ''] = /^<[^>]*>/.exec(control) ?? [];
  if (tag.startsWith('<button')) return undefined;
  if (tag.startsWith('<textarea')) {
    return plain(control.slice(tag.length, -'</textarea>'.length)).replace(/^\n/, '').replaceAll('\n', '\r\n');
  }
  if (tag.startsWith('<select')) {
    const options = [...control.matchAll(/<option\b[^>]*>/g)].map(([option]) => option);
    const chosen = options.find((option) => has(option, 'selected')) ?? options[0];
    return chosen === undefined ? undefined : (attribute(chosen, 'value') ?? '');
  }
  const type = attribute(tag, 'type');
  if ((type === 'checkbox' || type === 'radio') && !has(tag, 'checked')) return undefined;
  return attribute(tag, 'value') ?? '';
}

/** All fields that the posting form with that action sends as it stands in the page. */
export function filledForm(html: string, action: string): Form {
  const start = html.search(new RegExp(`<form[^>]*method="post"[^>]*action="${action}"`));
  if (start < 0) throw new Error(`The page has no form that posts to ${action}.`);
  const fields: Form = {};
  for (const [control] of html.slice(start, html.indexOf('</form>', start)).matchAll(CONTROL)) {
    const name = attribute(control, 'name');
    const value = name === undefined ? undefined : valueOf(control);
    if (name === undefined || value === undefined) continue;
    const before = fields[name];
    fields[name] = before === undefined ? value : [before, value].flat();
  }
  return fields;
}
