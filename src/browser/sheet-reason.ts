// Why are posted results changed? The field beside the save button, which is there when it is needed.
import { one } from './dom.ts';

const LEAST = 3;

export type Reason = ReturnType<typeof createReason>;

/** `form` is null on a sheet that can only be looked at; a sheet of marks has no such field. */
export function createReason(form: HTMLFormElement | null) {
  const box = form && one('[data-reason]', form);
  const input = box && one<HTMLInputElement>('input', box);
  const fault = box && one('[data-reason-fault]', box);

  function say(message: string): void {
    if (fault) fault.textContent = message;
    input?.classList.toggle('is-invalid', message !== '');
    if (message === '') input?.removeAttribute('aria-invalid');
    else input?.setAttribute('aria-invalid', 'true');
    input?.setAttribute('aria-describedby', message === '' ? 'reason-help' : 'reason-why reason-help');
  }
  input?.addEventListener('input', () => say(''));

  return {
    input,
    text: (): string => input?.value.trim() ?? '',
    type: (text: string): void => {
      if (input && input.value === '') input.value = text;
    },
    /** The results were posted, or no longer are. */
    show: (posted: boolean): void => {
      if (box) box.hidden = !posted;
      if (!posted) say('');
    },
    /** The results are posted, so that whatever changes waits for a reason. */
    isNeeded: (): boolean => box?.hidden === false,
    isMissing: (): boolean => box?.hidden === false && (input?.value.trim().length ?? 0) < LEAST,
    /** Says what is wrong and goes there. */
    demand: (message: string): void => {
      if (box) box.hidden = false;
      say(message);
      input?.focus();
    },
    /** The next change has a reason of its own. */
    clear: (): void => {
      if (input) input.value = '';
      say('');
    },
  };
}
