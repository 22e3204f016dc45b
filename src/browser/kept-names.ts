// How do a page and the worker call what is kept on this device? Stands alone: both are built with it.

/** Built files, a cache for each build; what follows is the build. */
export const FILES = 'studentcore-files-';
/** Kept pages, a cache for each user; what follows is the user_id. */
export const PAGES = 'studentcore-pages-';

/** The page that lists what waits to be sent. */
export const WAITING_PAGE = '/waiting';

/** Set by the server: this page may be kept, for this user_id only. */
export const KEEP_HEADER = 'X-Keep-Offline';
/** Set by the worker on what it keeps: when (milliseconds since 1970), the college's day, by which build, and the title. */
export const KEPT_AT = 'X-Kept-At';
export const KEPT_DAY = 'X-Kept-Day';
export const KEPT_BY = 'X-Kept-By';
export const KEPT_TITLE = 'X-Kept-Title';

/** However seldom somebody looks in: a session ends after a day, and so does what was kept in it. */
export const LONGEST_KEPT_MS = 24 * 3_600_000;

export type ToWorker =
  /** Fetch these pages quietly and keep them; those of other days go. `anew`: also what was kept a moment ago. */
  | { type: 'keep'; user_id: string; day: string; pages: string[]; anew: boolean }
  /** Somebody signs out: nothing stays. Answered on the port that comes along. */
  | { type: 'forget' };

/** '10:32' today, '20 Nov, 17:32' on another day. */
export function momentOf(at: number, now = Date.now()): string {
  const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' }).format(at);
  const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
  return day.format(at) === day.format(now) ? time : `${day.format(at)}, ${time}`;
}
