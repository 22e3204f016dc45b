// What happened lately? New lines come on top of the dashboard's list, which stays as long as it was.
import type { Activity } from '../dashboard/activity.service.ts';
import { api } from './api.ts';
import { flash, icon, make, one } from './dom.ts';
import type { LiveEvent } from './live.ts';
import { onEvent, onRefresh } from './live.ts';
import { ago, tellTimes, withDays } from './times.ts';

const MOST = 30;

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

function line(activity: Activity): HTMLLIElement {
  const { at, event, actor, summary } = activity;
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
        `${actor} · `,
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
  onEvent((event) => {
    const item = line(activityOf(event));
    one('[data-activity-empty]')?.remove();
    feed.prepend(item);
    flash(item);
    while (feed.children.length > MOST) feed.lastElementChild?.remove();
    tellTimes();
  });
  onRefresh(() => {
    api<{ items: Activity[] }>(`/api/activity?kind=changes&limit=${String(MOST)}`).then(
      ({ items }) => feed.replaceChildren(...items.map(line)),
      () => undefined,
    );
  });
}
