// What happened lately? New lines come on top of the dashboard's list, which stays as long as it was.
import type { Activity } from '../dashboard/activity.service.ts';
import { fold, isSameWork } from '../dashboard/fold.ts';
import type { FoldedActivity } from '../dashboard/fold.ts';
import { api } from './api.ts';
import { flash, icon, make, one } from './dom.ts';
import type { LiveEvent } from './live.ts';
import { onEvent, onRefresh } from './live.ts';
import { ago, tellTimes, withDays } from './times.ts';

const MOST = 30;
/** So many changes are looked at for them: many of one sheet are one line. */
const LOOKED_AT = 200;

const ICONS = new Map([
  ['student', 'person'],
  ['course', 'journal-bookmark'],
  ['user', 'person-gear'],
  ['attendance', 'calendar-check'],
  ['result', 'bar-chart'],
  ['results', 'bar-chart'],
]);

const FOLDERS = new Map([
  ['student', 'students'],
  ['course', 'courses'],
  ['user', 'users'],
  ['attendance', 'attendance'],
  ['result', 'results'],
  ['results', 'results'],
]);

const kindOf = (event: string): string => event.slice(0, event.lastIndexOf('_'));

/** Where a line leads; null for what has no page any more. A saved sheet leads to its course. */
function hrefOf({ event, entity, entity_id }: Activity): string | null {
  const folder = FOLDERS.get(entity);
  const gone = event === 'course_deleted' || (event.endsWith('_deleted') && entity !== 'course');
  return folder === undefined || gone ? null : `/${folder}/${entity_id}`;
}

function line(activity: FoldedActivity): HTMLLIElement {
  const { at, event, actor, summary, count } = activity;
  const href = hrefOf(activity);
  return make(
    'li',
    { class: 'feed-item' },
    make('span', { class: 'feed-icon' }, icon(ICONS.get(kindOf(event)) ?? 'dot')),
    make(
      'div',
      {},
      make('p', {}, href === null ? withDays(summary) : make('a', { href }, withDays(summary))),
      make(
        'p',
        { class: 'feed-meta' },
        `${actor} · ${count > 1 ? `${String(count)} changes · ` : ''}`,
        make('time', { datetime: at, 'data-ago': true }, ago(new Date(at))),
      ),
    ),
  );
}

/** An event as the list would tell it. */
function activityOf({ name, message }: LiveEvent): Activity {
  const { at, by, summary } = message;
  const [entity, entity_id] = 'id' in message ? [kindOf(name), message.id] : ['course', message.course_id];
  return { at, event: name, actor: by.full_name, summary, entity, entity_id };
}

export function startFeed(): void {
  const feed = one('[data-activity]');
  if (!feed) return;
  // The line on top, when it came while this page was open.
  let top: FoldedActivity | undefined;
  onEvent((event) => {
    const activity = activityOf(event);
    const again = top !== undefined && isSameWork(top, activity);
    top = { ...activity, count: again && top ? top.count + 1 : 1 };
    const item = line(top);
    one('[data-activity-empty]')?.remove();
    if (again) feed.firstElementChild?.replaceWith(item);
    else feed.prepend(item);
    flash(item);
    while (feed.children.length > MOST) feed.lastElementChild?.remove();
    tellTimes();
  });
  onRefresh(() => {
    api<{ items: Activity[] }>(`/api/activity?kind=changes&limit=${String(LOOKED_AT)}`).then(
      ({ items }) => {
        const lines = fold(items, MOST);
        [top] = lines;
        feed.replaceChildren(...lines.map(line));
      },
      () => undefined,
    );
  });
}
