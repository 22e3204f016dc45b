// Do the numbers on the page still hold? Counters, tables and charts follow /api/stats after every event.
import type { Stats } from '../dashboard/stats.service.ts';
import { shortDay } from '../platform/http/days.ts';
import { api } from './api.ts';
import { all, atMostEvery, flash, make, one } from './dom.ts';
import { onEvent, onRefresh } from './live.ts';

/** CONTRACT of the page: at most four times a second, however much happens. */
const OFTEN_MS = 250;

const number = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2 });

type Drawing = (stats: Stats) => void;
const drawings = new Set<Drawing>();
/** Charts draw whatever comes in. */
export const onStats = (draw: Drawing): void => void drawings.add(draw);

/** `attendance.today.rate` of the numbers; undefined when there is no such thing. */
function at(stats: Stats, path: string): unknown {
  let value: unknown = stats;
  for (const key of path.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function fillCounters(stats: Stats): void {
  for (const counter of all('[data-stat]')) {
    const value = at(stats, counter.dataset['stat'] ?? '');
    const unit = counter.dataset['unit'] ?? '';
    const text = typeof value === 'number' ? `${number.format(value)}${unit}` : value === null ? '–' : undefined;
    if (text === undefined || counter.textContent.trim() === text) continue;
    counter.textContent = text;
    flash(counter);
  }
}

const row = (head: string, ...cells: (string | number)[]): HTMLTableRowElement =>
  make(
    'tr',
    {},
    make('th', { scope: 'row' }, head),
    ...cells.map((cell) => make('td', { class: 'num' }, typeof cell === 'number' ? number.format(cell) : cell)),
  );

/** Programmes, most students first, then by name. */
export const byProgram = (stats: Stats): [string, number][] =>
  Object.entries(stats.students.by_program).sort(([a, n], [b, m]) => m - n || a.localeCompare(b));

/** The tables behind the charts. */
function fillTables(stats: Stats): void {
  const rows: Record<string, HTMLTableRowElement[]> = {
    days: stats.attendance.days.map((day) => row(shortDay(day.date), day.present, day.late, day.absent)).reverse(),
    grades: Object.entries(stats.results.grades).map(([grade, n]) => row(grade, n)),
    programs: byProgram(stats).map(([name, n]) => row(name, n)),
  };
  for (const [name, content] of Object.entries(rows))
    one(`[data-chart-table="${name}"] tbody`)?.replaceChildren(...content);
}

export function startStats(): void {
  if (!one('[data-stat], [data-chart]')) return;
  const fetchStats = atMostEvery(OFTEN_MS, () => {
    api<Stats>('/api/stats').then(
      (stats) => {
        fillCounters(stats);
        fillTables(stats);
        for (const draw of drawings) draw(stats);
      },
      () => undefined, // The next event asks again.
    );
  });
  onEvent(({ name }) => {
    if (!name.startsWith('user_')) fetchStats();
  });
  onRefresh(fetchStats);
}
