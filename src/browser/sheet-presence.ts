// Who else has this sheet open, and in which row are they? A line that names them, and a small mark in the row itself.
import type { Person } from '../realtime/messages.ts';
import { all, make, one } from './dom.ts';

/** 'Dr. Ada Byron' is AB. */
export function initials(full_name: string): string {
  const words = full_name.split(/\s+/).filter((word) => /^\p{L}/u.test(word) && !word.endsWith('.'));
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => /^\p{L}/u.exec(word ?? '')?.[0].toUpperCase() ?? '').join('') || '?';
}

export function showPresence(people: readonly Person[], me: string | undefined): void {
  const others = people.filter((person) => person.user_id !== me);
  const line = one('#presence');
  if (line) {
    // Names only: where they are is in the rows, and would be read out at every step.
    const said = others.length === 0 ? '' : `Also here: ${others.map(({ full_name }) => full_name).join(', ')}`;
    line.hidden = others.length === 0;
    if (line.textContent !== said) line.textContent = said;
  }
  const wanted = new Map(others.map((person) => [person.user_id, person]));
  for (const mark of all('#sheet .row-person')) {
    const person = wanted.get(mark.dataset['userId'] ?? '');
    if (person && person.row === mark.closest('tr')?.dataset['studentId']) wanted.delete(person.user_id);
    else mark.remove();
  }
  for (const { user_id, full_name, row } of wanted.values()) {
    const place = row === null ? null : one(`#sheet tr[data-student-id="${CSS.escape(row)}"] th`);
    (place && (one('div', place) ?? place))?.append(
      make(
        'span',
        { class: 'row-person', 'data-user-id': user_id, title: `${full_name} is here` },
        make('span', { 'aria-hidden': 'true' }, initials(full_name)),
        make('span', { class: 'visually-hidden' }, `, ${full_name} is here`),
      ),
    );
  }
}
