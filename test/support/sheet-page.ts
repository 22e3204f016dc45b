// What would a browser without scripts send from a class sheet that it was shown?
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

/** All fields of the form with that id or action, as they stand in the page. */
export function formIn(html: string, mark: string): Form {
  const start = html.search(new RegExp(`<form[^>]*(id|action)="${mark}"`));
  const form = start < 0 ? '' : html.slice(start, html.indexOf('</form>', start));
  const fields: Form = {};
  for (const [tag] of form.matchAll(/<(input|select|textarea)\b[^>]*>/g)) {
    const name = attribute(tag, 'name');
    if (name === undefined) continue;
    if (attribute(tag, 'type') === 'radio' && !/\schecked/.test(tag)) continue;
    if (tag.startsWith('<input')) fields[name] = attribute(tag, 'value') ?? '';
  }
  return fields;
}

/** The part of a sheet's page that shows one student. */
export function rowIn(html: string, student_id: string): string {
  const start = html.indexOf(`<tr id="row-${student_id}"`);
  return start < 0 ? '' : plain(html.slice(start, html.indexOf('</tr>', start)).replace(/\s+/g, ' '));
}
