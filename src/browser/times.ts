// How long ago was that? `<time data-ago>` says it in words, and keeps saying it right.
import { all } from './dom.ts';

const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const clock = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });

/** '2 minutes ago', 'yesterday', 'Sat 14 Nov'. */
export function ago(at: Date, now = new Date()): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  if (seconds > -45) return 'just now';
  if (seconds > -3_600) return words.format(Math.round(seconds / 60), 'minute');
  if (seconds > -86_400) return words.format(Math.round(seconds / 3_600), 'hour');
  if (seconds > -6 * 86_400) return words.format(Math.round(seconds / 86_400), 'day');
  return clock.format(at);
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
