// Does every client hear everything once and in order, whatever happens to its connection?
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  buildCollege,
  buildCourse,
  buildMark,
  buildMarkSheet,
  buildResult,
  buildStudent,
  buildUser,
  ids,
  pause,
  until,
} from './college.ts';
import type { Client, College } from './college.ts';

let college: College;
let server: Awaited<ReturnType<College['start']>>;
beforeEach(async () => {
  college = buildCollege();
  server = await college.start();
});
afterEach(async () => {
  await college.end();
  expect(college.failures).toEqual([]);
});

const numbers = (client: Client) => client.events().map((e) => e.number);
const stored = (from = 0) => college.stored.slice(from).map((e) => e.stamp.number);
const back = (client: Client) => until(() => client.socket.connected);
const levels = (client: Client) => client.named('server_message').map((m) => m.message['level']);

describe('roles and events', () => {
  it('each hears what concerns them, once and in order, by either transport', async () => {
    const admin = await college.join(ids.admin);
    const faculty = await college.join(ids.faculty, { transports: ['polling'] });
    const ann = await college.join(ids.annUser);
    const ben = await college.join(ids.benUser, { transports: ['polling', 'websocket'] });
    const all = [
      buildStudent(),
      buildCourse(),
      buildUser(),
      buildMark(),
      buildMarkSheet(),
      buildResult(),
      buildStudent(ids.ben),
    ];
    server.publish(...all);
    const [student, course, user, mark, sheet, result, other] = stored();
    await until(() => admin.events().length >= 7 && faculty.events().length >= 6);
    await until(() => ann.events().length >= 4 && ben.events().length >= 2);
    await pause(50);
    expect(numbers(admin)).toEqual(stored());
    expect(numbers(faculty)).toEqual([student, course, mark, sheet, result, other]);
    expect(numbers(ann)).toEqual([student, mark, sheet, result]);
    expect(numbers(ben)).toEqual([sheet, other]);
    expect(user).toBeDefined();
    expect(ben.events().map((e) => e.name)).toEqual(['attendance_deleted', 'student_updated']);
    expect(JSON.stringify(ben.heard)).not.toMatch(new RegExp(`"Ann"|${ids.ann}|${ids.mark}"`));
  });

  it('says hello with the newest number, also to a client that heard nothing yet', async () => {
    expect((await college.join(ids.annUser)).named('hello')[0]?.number).toBeTypeOf('string');
    server.publish(buildCourse());
    const ann = await college.join(ids.annUser);
    expect(ann.named('hello')).toHaveLength(1);
    expect(ann.named('hello')[0]?.number).toBe(stored().at(-1));
    expect(ann.named('hello')[0]?.message['at']).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(levels(ann)).toEqual([]);
  });
});

describe('a client that was away', () => {
  it('gets what it missed, once and in order, and then the rest', async () => {
    const client = await college.join(ids.faculty);
    server.publish(buildMark(), buildMark());
    await until(() => client.events().length === 2);
    await client.cut();
    for (let i = 0; i < 300; i += 1) server.publish(i % 3 === 0 ? buildUser() : buildMark());
    await back(client);
    server.publish(buildResult(), buildCourse());
    const expected = college.stored.filter((e) => !e.name.startsWith('user_')).map((e) => e.stamp.number);
    await until(() => client.events().length >= expected.length);
    await pause(50);
    expect(numbers(client)).toEqual(expected);
    expect(client.socket.recovered).toBe(true);
    expect(levels(client)).toEqual([]);
  });

  it('misses nothing when it is cut again and again while events flow', async () => {
    const client = await college.join(ids.faculty, { transports: ['polling', 'websocket'] });
    const ann = await college.join(ids.annUser);
    const flowing = { on: true };
    const flow = (async () => {
      while (flowing.on) {
        server.publish(buildMark(), buildCourse());
        await pause(3);
      }
    })();
    for (let i = 0; i < 8; i += 1) {
      await pause(60);
      for (const { socket } of [client, ann]) socket.io.engine.close();
      await until(() => client.socket.connected && ann.socket.connected);
    }
    flowing.on = false;
    await flow;
    await until(() => client.events().length >= college.stored.length);
    const anns = college.stored.filter((e) => e.name === 'attendance_marked').map((e) => e.stamp.number);
    await until(() => ann.events().length >= anns.length);
    await pause(100);
    expect(numbers(client)).toEqual(stored());
    expect(numbers(ann)).toEqual(anns);
    expect([...levels(client), ...levels(ann)]).toEqual([]);
  });

  it('gets what it missed over a restart of the server', async () => {
    const faculty = await college.join(ids.faculty);
    const ann = await college.join(ids.annUser);
    server.publish(buildMark(), buildCourse());
    await until(() => faculty.events().length === 2 && ann.events().length === 1);
    await server.stop();
    college.storeEvent(buildMark(ids.ben)); // stored, but the process ended before it was told
    college.storeEvent(buildMark(ids.ann));
    server = await college.start();
    server.publish(buildResult());
    await until(() => faculty.events().length >= 5 && ann.events().length >= 3);
    await pause(50);
    expect(numbers(faculty)).toEqual(stored());
    expect(numbers(ann)).toEqual([stored()[0], stored()[3], stored()[4]]);
    expect([...levels(faculty), ...levels(ann)]).toEqual([]);
  });

  it('gets what it missed over a restart after a quiet hour', async () => {
    college.storeEvent(buildCourse(), Date.now() - 3_600_000);
    await server.stop();
    server = await college.start();
    const ann = await college.join(ids.annUser);
    await server.stop();
    server = await college.start();
    server.publish(buildMark());
    await until(() => ann.events().length === 1);
    expect(levels(ann)).toEqual([]);
  });

  it('gets only what it may see now', async () => {
    const admin = await college.join(ids.admin);
    await admin.cut();
    server.publish(buildUser(), buildMark(), buildUser(), buildCourse());
    const login = college.logins.get(ids.admin)!;
    college.logins.set(ids.admin, { ...login, actor: { ...login.actor, role: 'faculty' } });
    await back(admin);
    await until(() => admin.events().length >= 2);
    await pause(50);
    expect(admin.events().map((e) => e.name)).toEqual(['attendance_marked', 'course_updated']);
  });

  it('gets nothing at all when it may not come back', async () => {
    const faculty = await college.join(ids.faculty);
    await faculty.cut();
    college.logins.delete(ids.faculty);
    const refused = new Promise((resolve) => faculty.socket.once('connect_error', resolve));
    server.publish(buildMark());
    await refused;
    expect(faculty.events()).toEqual([]);
  });

  it('is told to refresh when it was away for longer than two minutes', async () => {
    const client = await college.join(ids.faculty);
    const ann = await college.join(ids.annUser);
    await Promise.all([client.cut(), ann.cut()]);
    server.publish(buildCourse());
    college.clock.skew += 121_000;
    await Promise.all([back(client), back(ann)]);
    await until(() => client.named('hello').length === 2 && ann.named('hello').length === 2);
    expect(levels(client)).toEqual(['refresh']);
    expect(client.events()).toEqual([]);
    expect(levels(ann)).toEqual([]); // it missed nothing that it may see
    // From here on all is well again.
    await client.cut();
    server.publish(buildMark());
    await until(() => client.events().length === 1);
    expect(levels(client)).toEqual(['refresh']);
  });

  it('is told to refresh when the log does not reach back that far', async () => {
    const client = await college.join(ids.faculty);
    await client.cut();
    server.publish(buildCourse());
    college.clock.skew += 3_600_000;
    await back(client);
    await until(() => levels(client).length === 1);
    expect(levels(client)).toEqual(['refresh']);
    expect(client.socket.recovered).toBe(false);
  });

  it.each([
    ['garbage', { pid: 'x', offset: 'garbage' }],
    ['a prototype', { pid: '__proto__', offset: '__proto__' }],
    ['a number ahead', { pid: 'x', offset: '9999999999999999' }],
    ['no text', { pid: 7, offset: { $gt: '' } }],
    ['an empty text', { pid: 'x', offset: '' }],
    ['no offset', { pid: 'x' }],
    ['something huge', { pid: 'x'.repeat(30_000), offset: '9'.repeat(30_000) }],
  ])('is told to refresh when its offset is %s', async (_what, auth) => {
    server.publish(buildMark());
    const { cookie } = await college.signIn(ids.faculty);
    const client = college.open(cookie, { auth });
    await until(() => client.named('hello').length === 1);
    expect(client.heard.map((h) => h.name)).toEqual(['server_message', 'hello']);
    expect(levels(client)).toEqual(['refresh']);
  });

  it('keeps its place while it listens, however much happens that it does not hear', async () => {
    await server.stop();
    server = await college.start({ pace: { beat: 40, slow: 1_000 } });
    const ann = await college.join(ids.annUser);
    server.publish(buildCourse());
    await until(() => ann.named('hello').at(-1)?.number === stored().at(-1));
    college.clock.skew += 175_000;
    server.publish(buildCourse());
    await until(() => ann.named('hello').at(-1)?.number === stored().at(-1));
    college.clock.skew += 175_000; // its first offset is long forgotten
    const hellos = ann.named('hello').length;
    await ann.cut();
    server.publish(buildMark());
    await until(() => ann.events().length === 1);
    expect(levels(ann)).toEqual([]);
    await pause(150);
    expect(ann.named('hello').length).toBeLessThanOrEqual(hellos + 2); // nothing new, nothing said
  });

  it('needs no state of the server for it', async () => {
    const client = await college.join(ids.faculty);
    await client.cut();
    await until(() => server.realtime.counts().sockets === 0);
    expect(server.realtime.counts()).toMatchObject({ sockets: 0, rooms: 0, sheets: 0 });
    await back(client);
  });
});
