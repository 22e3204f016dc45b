// Class sheets: saving a new one of sixty rows, and opening one that was filled in before.
import { request } from '../http-client.mjs';
import { admin, reader } from '../world.mjs';

const ROWS = 60;
const DAY_MS = 86_400_000;
/** Older than every single mark of this bench, so that each sheet is new. */
const FIRST_DAY = 910;
const STATUSES = ['Present', 'Present', 'Present', 'Absent', 'Late'];

const day = (today, before) => new Date(Date.parse(today) - before * DAY_MS).toISOString().slice(0, 10);

const tallyOf = (statuses) =>
  ['Present', 'Absent', 'Late'].map((one) => statuses.filter((status) => status === one).length).join(' ');

const save = {
  name: 'sheet-save',
  writes: true,
  next: (world, user) => {
    const n = (world.turns.sheet = (world.turns.sheet ?? -1) + 1);
    const course = world.large[n % world.large.length];
    const date = day(world.facts.today, FIRST_DAY + Math.floor(n / world.large.length));
    const from = world.chance.whole(course.members.length - ROWS + 1);
    const entries = course.members
      .slice(from, from + ROWS)
      .map((student_id) => ({ student_id, status: world.chance.pick(STATUSES) }));
    const { cookie, token } = admin(world, user);
    const path = `/api/courses/${course.course_id}/attendance/${date}`;
    world.sent.marks += ROWS;
    return {
      text: request('PUT', path, { Cookie: cookie, 'X-CSRF-Token': token }, JSON.stringify({ entries })),
      check: (answer) => {
        world.sent.marks -= ROWS;
        if (answer.status !== 200) return `status ${String(answer.status)}: ${answer.body.toString().slice(0, 200)}`;
        for (const { status } of entries) world.mark(date, status);
        world.written.sheets.push({ course_id: course.course_id, date, entries });
        const { created, updated, unchanged, removed, version } = JSON.parse(answer.body.toString());
        const said = [created, updated, unchanged, removed, version].join(' ');
        return said === `${String(ROWS)} 0 0 0 1`
          ? undefined
          : `created, updated, unchanged, removed, version: ${said}`;
      },
    };
  },
};

const opening = (name, choose) => ({
  name,
  next: (world, user) => {
    const { course_id, date, period, statuses } = choose(world);
    const path = `/api/courses/${course_id}/attendance/${date}?period=${String(period)}`;
    return {
      text: request('GET', path, { Cookie: reader(world, user).cookie }),
      check: (answer) => {
        if (answer.status !== 200) return `status ${String(answer.status)}`;
        const { entries, version } = JSON.parse(answer.body.toString());
        const found = tallyOf(entries.map(({ status }) => status));
        world.rowsSeen = (world.rowsSeen ?? 0) + entries.length;
        if (version < 1) return 'the sheet has no version';
        return found === tallyOf(statuses) ? undefined : `${found} present, absent, late, not ${tallyOf(statuses)}`;
      },
    };
  },
});

export const sheets = [
  save,
  opening('sheet-open', ({ chance, facts }) => chance.pick(facts.marks)),
  // One after the other, so that each is opened for the first time.
  opening('sheet-cold', ({ turns, facts }) => facts.marks[(turns.cold = (turns.cold ?? -1) + 1)]),
];
