// How is one value of a record shown? The same marks as views/partials/status.ejs and grade.ejs, made as elements.
import { make } from './dom.ts';

const GRADE_WORDS = new Map([
  ['A+', 'Distinction'],
  ['A', 'Excellent'],
  ['B+', 'Very Good'],
  ['B', 'Good'],
  ['C', 'Average'],
  ['D', 'Pass'],
  ['F', 'Fail'],
]);

export function statusBadge(status: string | null): HTMLElement {
  const text = status === null || status === '' ? 'Not marked' : status;
  const slug = text.toLowerCase().replace(/[^a-z]+/g, '-');
  const shown = text.charAt(0).toUpperCase() + text.slice(1);
  return make('span', { class: `status is-${slug}`, 'data-badge': 'status' }, shown);
}

export function gradeBadge(grade: string): HTMLElement {
  return make(
    'span',
    {
      class: `grade grade-${grade.charAt(0).toLowerCase()}`,
      'data-badge': 'grade',
      title: GRADE_WORDS.get(grade) ?? null,
    },
    grade,
  );
}

export const amendedBadge = (at: string): HTMLElement =>
  make(
    'span',
    {
      class: 'status is-amended',
      'data-badge': 'amended',
      title: `Changed or added on ${at.slice(0, 10)}, after the results were posted`,
    },
    'Amended',
  );

const ROLES = new Map([
  ['admin', 'Administrator'],
  ['faculty', 'Faculty'],
  ['student', 'Student'],
]);

const NONE = '–';

/** A field of a record as text for people. */
export function fieldText(field: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return NONE;
  if (field === 'role' && typeof value === 'string') return ROLES.get(value) ?? value;
  if (field === 'percentage' && typeof value === 'number') return `${String(value)} %`;
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (Array.isArray(value)) return String(value.length);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : NONE;
}

/** As views/partials/email.ejs. */
function emailContent(address: string): Node {
  const parts = address.split(/(?<=[@.])/).flatMap((part) => [make('wbr'), part]);
  const content = document.createDocumentFragment();
  content.append(...parts.slice(1));
  return content;
}

/** A field of a record as it stands in a cell: a badge where there is one for it, else text. */
export function fieldContent(field: string, value: unknown): Node {
  if (field === 'status') return statusBadge(typeof value === 'string' ? value : null);
  if (field === 'active') return statusBadge(value === true ? 'active' : 'switched off');
  if (field === 'grade' && typeof value === 'string') return gradeBadge(value);
  if (field.endsWith('email') && typeof value === 'string') return emailContent(fieldText(field, value));
  return document.createTextNode(fieldText(field, value));
}

/**
 * Puts a new value into a cell that the server has drawn; keeps a link that stands around the text.
 * Answers whether anything changed. Text around it that we do not know how to draw is left to a reload.
 */
export function setField(cell: HTMLElement, field: string, value: unknown): boolean {
  const content = fieldContent(field, value);
  const badge = cell.querySelector('[data-badge]');
  if (content instanceof HTMLElement) {
    if (badge?.textContent.trim() === content.textContent) return false;
    if (badge) badge.replaceWith(content);
    else cell.replaceChildren(content);
    return true;
  }
  const target = cell.querySelector('a, time') ?? cell;
  const now = content.textContent ?? '';
  const shown = target.textContent.trim();
  if (shown === now || (now === NONE && shown === '')) return false;
  target.replaceChildren(content);
  if (target instanceof HTMLAnchorElement && target.href.startsWith('mailto:')) target.href = `mailto:${now}`;
  return true;
}
