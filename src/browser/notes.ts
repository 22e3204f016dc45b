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
  /** Notes of one topic are one note that counts, whoever else says something. */
  topic: string;
}

/** The notes on the page that count, by topic. */
const counting = new Map<
  string,
  { element: HTMLElement; count: number; again: (text: string, small: string) => void }
>();

let gathered: Note[] = [];

/** Shows a note; many at once become one that counts them. */
export function note(text: string, kind: NoteKind = 'event', small = '', topic = ''): void {
  const known = topic === '' ? undefined : counting.get(topic);
  if (known?.element.isConnected) {
    known.count += 1;
    known.again(text, `${small} · ${String(known.count)} changes`);
    return;
  }
  if (gathered.length === 0) window.setTimeout(showGathered, TOGETHER_MS);
  const waiting = topic === '' ? undefined : gathered.find((other) => other.topic === topic);
  if (waiting) {
    waiting.text = text;
    return;
  }
  gathered.push({ text, small, kind, topic });
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
    topic: '',
  });
}

function show({ text, small, kind, topic }: Note): void {
  const place = one('[data-toasts]');
  if (!place) return;
  while (place.children.length >= MOST) {
    const oldest = place.firstElementChild as HTMLElement;
    passFocusOn(oldest);
    oldest.remove();
  }
  const close = make('button', { type: 'button', 'aria-label': 'Close this notice' }, icon('x-lg'));
  const words = (said: string, by: string): (Node | string)[] => [said, ...(by === '' ? [] : [make('small', {}, by)])];
  const paragraph = make('p', {}, ...words(text, small));
  const role = kind === 'warning' || kind === 'danger' ? 'alert' : null;
  const element = make('div', { class: `note is-${kind}`, role }, paragraph, close);
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
  for (const [old, known] of counting) if (!known.element.isConnected) counting.delete(old);
  if (topic === '') return;
  counting.set(topic, {
    element,
    count: 1,
    // Changed in place, so that it is not read out each time.
    again: (said, by) => {
      paragraph.replaceChildren(...words(said, by));
      leaveSoon();
    },
  });
}
