// Of how many marks is the exam, as it is stored, as it is typed here, and as whoever typed that knew it?
import { typedNumber } from '../platform/http/texts.ts';
import { note } from './notes.ts';

export type Maximum = ReturnType<typeof createMaximum>;

/** On a sheet without a maximum, as of attendance, nothing of it is ever changed. */
export function createMaximum(form: HTMLFormElement | null) {
  const input = (form?.elements.namedItem('max_marks') ?? null) as HTMLInputElement | null;
  const was = (form?.elements.namedItem('was_max_marks') ?? null) as HTMLInputElement | null;
  // What a new one was typed over: others may store another before it is saved, and they are asked about then.
  let typedOver: string | undefined;

  const typed = (): string => input?.value.trim() ?? '';
  const stored = (): string => was?.value ?? '';
  const changed = (): boolean => input !== null && typedNumber(typed()) !== typedNumber(stored());

  /** This one is stored now; the input follows where nobody has typed another. */
  function take(max: number | null | undefined): void {
    if (!input || !was || max === null || max === undefined || Number(was.value) === max) return;
    if (!changed()) input.value = String(max);
    was.value = String(max);
    if (!changed()) typedOver = undefined;
  }

  input?.addEventListener('input', () => {
    if (changed()) typedOver ??= stored();
    else typedOver = undefined;
  });

  return {
    input,
    typed,
    stored,
    changed,
    take,
    /** The stored one, as whoever types here knows it. */
    known: (): string => (changed() ? typedOver : undefined) ?? stored(),
    /** Saved from here, or chosen between: nobody has to be asked about this one. */
    knows: (max: number): void => {
      if (changed()) typedOver = String(max);
    },
    /** As somebody stored it: whoever is changing it here should know before they save. */
    hear: (max: number | null | undefined): void => {
      const before = stored();
      take(max);
      if (changed() && stored() !== before)
        note(`The maximum is stored as ${stored()} by now. Yours, ${typed()}, is not saved yet.`, 'warning');
    },
    /** As it was before a reload. */
    restore: (text: string, over: string | undefined): void => {
      if (!input || changed()) return;
      input.value = text;
      typedOver = over;
    },
  };
}
