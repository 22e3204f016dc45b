// What was the last change by hand, and how is it taken back? The earlier values are typed again, so they are saved like any others.
import { afterPaint, betweenTouches, one } from './dom.ts';
import { FIELDS, same } from './row-texts.ts';
import type { Kind, Texts } from './row-texts.ts';
import type { SheetRow } from './sheet-rows.ts';

/** One change of one row. */
interface Step {
  row: SheetRow;
  before: Texts;
  after: Texts;
}

interface Change {
  /** As it is said: 'Late for Ada Byron'. */
  label: string;
  steps: Step[];
  /** The field that is being typed into: more letters are the same change. */
  field?: HTMLElement;
}

/** Something that is being typed into rows: into those in sight at once; the rest follows as soon as these are painted. */
interface Run {
  /** Rows that hold something else now, and nobody was told. */
  untold: SheetRow[];
  left: SheetRow[];
  type: (row: SheetRow) => void;
  /** A row that holds something else now. */
  typed: (step: Step) => void;
  end: () => void;
}

interface Needs {
  form: HTMLFormElement;
  kind: Kind;
  rowOf: (element: Element) => SheetRow | undefined;
  /** These rows hold something else now. */
  changed: (rows: readonly SheetRow[]) => void;
  /** Goes to a row, so that whoever undoes sees what came back. */
  goTo: (row: SheetRow) => void;
  say: (text: string) => void;
}

export interface History {
  /** Types into these rows, as one change: those in sight at once, the others as soon as these are painted. */
  change: (label: string, rows: readonly SheetRow[], type: (row: SheetRow) => void) => void;
  undo: () => void;
  redo: () => void;
  /** What was typed and not told yet is told now: news of the sheet would else draw over it. */
  finish: () => void;
  /** Whether this field is being typed into: there the browser's own undo goes letter by letter. */
  isTyping: (element: Element) => boolean;
}

const MOST = 50;
/** So many rows out of sight are typed into at once: a key pressed meanwhile waits for no more than these. */
const SLICE = 20;

const names = (rows: readonly SheetRow[]): string =>
  rows.length <= 3 ? rows.map(({ name }) => name).join(', ') : `${String(rows.length)} students`;

function isInSight(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}

/** Asked by section first: rows of one that is out of sight are not laid out, and would be for the question. */
function rowsInSight(rows: readonly SheetRow[]): SheetRow[] {
  const sections = new Set(rows.flatMap(({ element }) => element.parentElement ?? []));
  const near = new Set([...sections].filter(isInSight));
  return rows.filter(({ element }) => element.parentElement && near.has(element.parentElement) && isInSight(element));
}

export function startUndo({ form, kind, rowOf, changed, goTo, say }: Needs): History {
  const button = one('[data-action="undo"]', form);
  const past: Change[] = [];
  const undone: Change[] = [];
  // What a row held before the key, finger or paste that changes it now.
  const known = new Map<SheetRow, Texts>();

  const showButton = betweenTouches(() => {
    const last = past.at(-1);
    // Not disabled: a button that has the focus must keep it.
    button?.setAttribute('aria-disabled', String(!last));
    if (last) button?.setAttribute('title', `Take back: ${last.label}`);
    else button?.removeAttribute('title');
  });

  function push(to: Change[], change: Change): void {
    to.push(change);
    if (to.length > MOST) to.shift();
  }

  const labelOf = (row: SheetRow, texts: Texts): string =>
    `${texts[FIELDS[kind][0]] || (kind === 'attendance' ? 'No mark' : 'No marks')} for ${row.name}`;

  /** Types one side of a change again. Rows that meanwhile hold something else are left alone. */
  function apply({ label, steps }: Change, from: 'before' | 'after', to: 'before' | 'after', word: string): void {
    const isAsLeft = ({ row, ...texts }: Step): boolean =>
      row.clash === null && !row.element.classList.contains('gone') && same(row.typed(), texts[from]);
    const first = steps.find(isAsLeft);
    const stepOf = new Map(steps.map((step) => [step.row, step]));
    const kept: SheetRow[] = [];
    typeAll(
      steps.map(({ row }) => row),
      {
        type: (row) => {
          const step = stepOf.get(row);
          if (step && isAsLeft(step)) row.type(step[to]);
          else kept.push(row);
        },
        typed: () => undefined,
        end: () => {
          const changedSince = `${names(kept)}: changed since by somebody else, and left as it is.`;
          if (!first) say(`Not ${word.toLowerCase()}. ${changedSince}`);
          else say(kept.length === 0 ? `${word}: ${label}.` : `${word}: ${label}. ${changedSince}`);
        },
      },
    );
    if (first) afterPaint(() => goTo(first.row));
  }

  function turn(from: Change[], to: Change[], side: 'before' | 'after', word: string, nothing: string): void {
    finish();
    const change = from.pop();
    if (!change) {
      say(nothing);
      return;
    }
    delete change.field;
    apply(change, side === 'before' ? 'after' : 'before', side, word);
    push(to, change);
    showButton();
  }

  /** One row was typed into or clicked. Letters of one field are one change, for as long as it has the focus. */
  function noted(row: SheetRow, after: Texts, field: HTMLElement | undefined): void {
    finish();
    undone.length = 0;
    const last = past.at(-1);
    const isMore = field !== undefined && last?.field === field;
    const before = (isMore ? last.steps[0]?.before : known.get(row)) ?? row.stored();
    if (isMore) past.pop();
    if (!same(after, before))
      push(past, { label: labelOf(row, after), steps: [{ row, before, after }], ...(field ? { field } : {}) });
    showButton();
  }

  const remember = ({ type, target }: Event): void => {
    if (type !== 'focusin') finish();
    const row = target instanceof Element ? rowOf(target) : undefined;
    if (row) known.set(row, row.typed());
  };
  for (const type of ['focusin', 'pointerdown', 'keydown', 'beforeinput']) form.addEventListener(type, remember, true);
  form.addEventListener('focusout', () => {
    const last = past.at(-1);
    if (last) delete last.field;
  });
  form.addEventListener('input', ({ target }) => {
    const row = target instanceof HTMLInputElement ? rowOf(target) : undefined;
    if (!row) return;
    const after = row.typed();
    const typing = target instanceof HTMLInputElement && target.type === 'text' ? target : undefined;
    noted(row, after, typing);
    known.set(row, after);
    // A finger does not wait for what follows from its choice; of a text every letter counts at once.
    if (!typing) tellSoon(row);
  });

  let run: Run | undefined;

  /** Of one row, which holds something else already. */
  function tellSoon(row: SheetRow): void {
    const nothing = (): void => undefined;
    run = { untold: [row], left: [], type: nothing, typed: nothing, end: nothing };
    goOn(run);
  }

  function typeInto({ type, typed, untold }: Run, rows: readonly SheetRow[]): void {
    for (const row of rows) {
      const before = row.typed();
      type(row);
      const after = row.typed();
      known.set(row, after);
      if (same(after, before)) continue;
      typed({ row, before, after });
      untold.push(row);
    }
  }

  function typeAll(rows: readonly SheetRow[], how: Pick<Run, 'type' | 'typed' | 'end'>): void {
    const near = new Set(rows.length <= SLICE ? rows : rowsInSight(rows));
    run = { ...how, untold: [], left: rows.filter((row) => !near.has(row)) };
    typeInto(run, [...near]);
    goOn(run);
  }

  function goOn(mine: Run): void {
    afterPaint(() => {
      if (run !== mine) return;
      changed(mine.untold.splice(0));
      typeInto(mine, mine.left.splice(0, SLICE));
      if (mine.left.length > 0) goOn(mine);
      else finish();
    });
  }

  /** Whatever comes next finds the change whole. */
  function finish(): void {
    const last = run;
    if (!last) return;
    run = undefined;
    typeInto(last, last.left);
    changed(last.untold);
    last.end();
  }
  // Whatever is pressed elsewhere on the page finds all of it, as signing out and posting do.
  window.addEventListener('pointerdown', finish, true);
  window.addEventListener('keydown', finish, true);
  // Before what waits is sent off with the page.
  window.addEventListener('pagehide', finish, true);
  window.addEventListener('beforeunload', finish, true);
  document.addEventListener('visibilitychange', finish, true);

  const undo = (): void => turn(past, undone, 'before', 'Undone', 'There is nothing to undo.');
  if (button) {
    button.hidden = false;
    button.addEventListener('click', undo);
    showButton();
  }

  return {
    change: (label, rows, type) => {
      finish();
      const change: Change = { label, steps: [] };
      undone.length = 0;
      push(past, change);
      typeAll(rows, {
        type,
        typed: (step) => change.steps.push(step),
        end: () => {
          if (change.steps.length === 0) past.splice(past.indexOf(change), 1);
          showButton();
        },
      });
    },
    undo,
    finish,
    isTyping: (element) => past.at(-1)?.field === element,
    redo: () => turn(undone, past, 'after', 'Done again', 'There is nothing to do again.'),
  };
}
