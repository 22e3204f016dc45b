// How long ago was that? `<time data-ago>` says it in words, and keeps saying it right.
import { all } from './dom.ts';

const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec'];
const clock = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });

const dated = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** A sentence with its days in words, each in one piece: '2026-11-04' is '4 Nov 2026'. The views do the same. */
export const withDays = (sentence: string): string =>
  sentence.replace(
    /\b(\d{4})-(0[1-9]|1[0-2])-(\d{2})\b/g,
    (_, year: string, month: string, day: string) =>
      `${String(Number(day))}\u00a0${months[Number(month) - 1] ?? ''}\u00a0${year}`,
  );

/** '2 minutes ago', 'yesterday', 'Sat 14 Nov', '14 Nov 2025'. */
export function ago(at: Date, now = new Date()): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  if (seconds > -45) return 'just now';
  if (seconds > -3_600) return words.format(Math.round(seconds / 60), 'minute');
  if (seconds > -86_400) return words.format(Math.round(seconds / 3_600), 'hour');
  if (seconds > -6 * 86_400) return words.format(Math.round(seconds / 86_400), 'day');
  return (at.getFullYear() === now.getFullYear() ? clock : dated).format(at);
}

const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' });

/** '10:32', with the day when it was another one. */
export function clockTime(iso: string, now = new Date()): string {
  const at = new Date(iso);
  return at.toDateString() === now.toDateString() ? time.format(at) : `${clock.format(at)}, ${time.format(at)}`;
}

function tell(): void {
  for (const time of all<HTMLTimeElement>('time[data-ago]')) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const text = ago(at);
    if (time.textContent !== text) time.textContent = text;
    time.title = exact.format(at);
  }
}

export function startTimes(): void {
  tell();
  window.setInterval(tell, 30_000);
}

export { tell as tellTimes };
