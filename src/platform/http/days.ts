// How is a day written for people?

const long = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});
const short = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});

const at = (day: string): Date => new Date(`${day}T00:00:00Z`);

/** 'Saturday 21 November 2026' for a YYYY-MM-DD day. */
export const longDay = (day: string): string => long.format(at(day)).replace(',', '');

const dated = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

/** '21 Nov 2026, 08:30 UTC' for an ISO moment. */
export const moment = (iso: string): string => `${dated.format(new Date(iso))}, ${iso.slice(11, 16)} UTC`;

/** 'Sat 21 Nov 2026' for a YYYY-MM-DD day. */
export const shortDay = (day: string): string => short.format(at(day)).replace(',', '');
