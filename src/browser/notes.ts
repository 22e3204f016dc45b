// What has just happened? Small notes at the edge of the page, never more than four; what others did is also announced.
import { announce } from './announce.ts';
import { icon, make, one } from './dom.ts';
import { passFocusOn } from './focus.ts';

export type NoteKind = 'event' | 'own' | 'warning' | 'danger';

const MOST = 4;
const STAYS_MS = 7_000;
const OWN_STAYS_MS = 4_000;
/** What arrives within this time is one note. */
const TOGETHER_MS = 200;

interface Note {
  text: string;
  small: string;
  kind: NoteKind;
}

let gathered: Note[] = [];

/** Shows a note; many at once become one that counts them. */
export function note(text: string, kind: NoteKind = 'event', small = ''): void {
  if (gathered.length === 0) window.setTimeout(showGathered, TOGETHER_MS);
  gathered.push({ text, small, kind });
  // What somebody did themselves, the page they are on says; what is urgent is read out with its note.
  if (kind === 'event') announce(small === '' ? text : `${text} ${small}`);
}

function showGathered(): void {
  const notes = gathered;
  gathered = [];
  if (notes.length <= 2) {
    notes.forEach(show);
    return;
  }
  const last = notes.at(-1);
  if (!last) return;
  const loudest = notes.find(({ kind }) => kind === 'danger') ?? notes.find(({ kind }) => kind === 'warning') ?? last;
  show({
    text: loudest.text,
    kind: loudest.kind,
    small: `and ${String(notes.length - 1)} more ${notes.length === 2 ? 'change' : 'changes'}`,
  });
}

function show({ text, small, kind }: Note): void {
  const place = one('[data-toasts]');
  if (!place) return;
  while (place.children.length >= MOST) {
    const oldest = place.firstElementChild as HTMLElement;
    passFocusOn(oldest);
    oldest.remove();
  }
  const close = make('button', { type: 'button', 'aria-label': 'Close this notice' }, icon('x-lg'));
  const element = make(
    'div',
    { class: `note is-${kind}`, role: kind === 'warning' || kind === 'danger' ? 'alert' : null },
    make('p', {}, text, ...(small === '' ? [] : [make('small', {}, small)])),
    close,
  );
  let timer = 0;
  const leave = (): void => {
    passFocusOn(element);
    element.remove();
  };
  const stay = (): void => window.clearTimeout(timer);
  const leaveSoon = (): void => {
    stay();
    if (kind === 'danger') return;
    timer = window.setTimeout(leave, kind === 'own' ? OWN_STAYS_MS : STAYS_MS);
  };
  close.addEventListener('click', leave);
  element.addEventListener('pointerenter', stay);
  element.addEventListener('pointerleave', leaveSoon);
  element.addEventListener('focusin', stay);
  element.addEventListener('focusout', leaveSoon);
  place.append(element);
  leaveSoon();
}
