// What was typed into a sheet and is not saved yet? Kept in this tab, so that neither a reload nor an expired session loses it.

/** Field → text, by student. */
export type Draft = Record<string, Record<string, string>>;

const PREFIX = 'studentcore.draft.';

const keyOf = (user_id: string): string => `${PREFIX}${user_id}.${location.pathname}${location.search}`;

/** Keeps the draft of this sheet; an empty one is forgotten. */
export function keepDraft(user_id: string, draft: Draft): void {
  try {
    if (Object.keys(draft).length === 0) sessionStorage.removeItem(keyOf(user_id));
    else sessionStorage.setItem(keyOf(user_id), JSON.stringify(draft));
  } catch {
    // Storage full or closed: the page itself still holds what was typed.
  }
}

export function readDraft(user_id: string): Draft {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(keyOf(user_id)) ?? '{}');
    return kept !== null && typeof kept === 'object' ? (kept as Draft) : {};
  } catch {
    return {};
  }
}

/** Drops what others have typed here, and everything when somebody signs out on purpose. */
export function forgetDrafts(user_id: string | undefined): void {
  const drop = (mine: string | null): void => {
    for (const key of Object.keys(sessionStorage))
      if (key.startsWith(PREFIX) && (mine === null || !key.startsWith(`${PREFIX}${mine}.`)))
        sessionStorage.removeItem(key);
  };
  try {
    // On the sign-in page nothing is dropped: the same person may be on the way back.
    if (user_id !== undefined) drop(user_id);
    for (const form of document.querySelectorAll('form[action="/logout"]'))
      form.addEventListener('submit', () => drop(null));
  } catch {
    // Without storage there are no drafts.
  }
}
