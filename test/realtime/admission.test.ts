// Who gets a socket, and who keeps it? Real sockets against a real server.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildCollege, buildMark, buildStudent, buildUser, ids, pause, until } from './college.ts';
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

const refusal = (client: Client) =>
  new Promise<Error & { data?: { status: number } }>((resolve) => client.socket.once('connect_error', resolve));

describe('who gets a socket', () => {
  it('nobody without a session', async () => {
    const error = await refusal(college.open(undefined));
    expect(error.data?.status).toBe(401);
    const forged = await refusal(college.open('connect.sid=s%3Aforged.signature'));
    expect(forged.data?.status).toBe(401);
    expect(server.realtime.counts()).toMatchObject({ sockets: 0, rooms: 0 });
  });

  it('nobody from a foreign origin, by either transport', async () => {
    const { cookie } = await college.signIn(ids.admin);
    const foreign = ['https://evil.example', 'null', `http://127.0.0.1:${String(college.port() + 1)}`];
    for (const origin of foreign) {
      for (const transport of ['websocket', 'polling']) {
        const client = college.open(cookie, { extraHeaders: { cookie, origin }, transports: [transport] });
        await refusal(client);
        client.socket.disconnect();
      }
    }
    const own = college.open(cookie, {
      extraHeaders: { cookie, origin: `http://127.0.0.1:${String(college.port())}` },
    });
    await until(() => own.socket.connected);
  });

  it('nobody whose login is gone, of another epoch, or must change the password', async () => {
    const { cookie } = await college.signIn(ids.faculty);
    const before = college.logins.get(ids.faculty)!;
    college.logins.set(ids.faculty, { ...before, must_change_password: true });
    expect((await refusal(college.open(cookie))).data?.status).toBe(403);
    college.logins.set(ids.faculty, { ...before, epoch: 2 });
    expect((await refusal(college.open(cookie))).data?.status).toBe(401);
    college.logins.delete(ids.faculty);
    expect((await refusal(college.open(cookie))).data?.status).toBe(401);
  });

  it('a client that could not be checked tries again by itself', async () => {
    const { cookie } = await college.signIn(ids.faculty);
    college.breakStore(true);
    const client = college.open(cookie);
    await until(() => college.reads.sessions >= 2);
    expect(client.socket.connected).toBe(false);
    college.breakStore(false);
    await until(() => client.socket.connected);
  });

  it('reads the session again when a socket comes back over the same connection', async () => {
    const { cookie } = await college.signIn(ids.faculty);
    const client = college.open(cookie);
    const other = client.socket.io.socket('/other'); // keeps the connection open
    other.on('connect_error', () => undefined);
    await until(() => client.socket.connected);
    client.socket.disconnect();
    college.logins.delete(ids.faculty);
    const refused = refusal(client);
    client.socket.connect();
    expect((await refused).data?.status).toBe(401);
  });

  it('writes nothing into the session and sends no cookie', async () => {
    const { cookie } = await college.signIn(ids.faculty);
    const answer = await fetch(`http://127.0.0.1:${String(college.port())}/socket.io/?EIO=4&transport=polling`, {
      headers: { cookie },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('set-cookie')).toBeNull();
    await answer.text();
  });
});

describe('who keeps a socket', () => {
  const gone = async (client: Client): Promise<void> => {
    await until(() => !client.socket.connected);
    expect(client.named('server_message').at(-1)?.message['level']).toBe('signed_out');
    await pause(200);
    expect(client.socket.connected).toBe(false); // and it does not come back by itself
  };

  it('not after the sessions of the user were ended', async () => {
    const [one, two, other] = [
      await college.join(ids.faculty),
      await college.join(ids.faculty, { transports: ['polling'] }),
      await college.join(ids.admin),
    ];
    server.realtime.endSessions(ids.faculty);
    await Promise.all([gone(one), gone(two)]);
    expect(other.socket.connected).toBe(true);
  });

  it('not after its own session was ended; other sessions stay', async () => {
    const session = await college.signIn(ids.faculty);
    const one = college.open(session.cookie);
    const two = await college.join(ids.faculty);
    await until(() => one.socket.connected);
    server.realtime.endSession(session.session_id);
    await gone(one);
    expect(two.socket.connected).toBe(true);
  });

  it.each([
    ['switched off', undefined],
    ['demoted', 'student'],
    ['sent to change the password', 'must'],
    ['given a new epoch', 'epoch'],
  ])('not once the user was %s, and hears nothing more', async (_what, how) => {
    const client = await college.join(ids.faculty);
    const admin = await college.join(ids.admin);
    const before = college.logins.get(ids.faculty)!;
    if (how === undefined) college.logins.delete(ids.faculty);
    if (how === 'student') college.logins.set(ids.faculty, { ...before, actor: { ...before.actor, role: 'student' } });
    if (how === 'must') college.logins.set(ids.faculty, { ...before, must_change_password: true });
    if (how === 'epoch') college.logins.set(ids.faculty, { ...before, epoch: 2 });
    server.publish(buildUser(ids.faculty), buildMark());
    await gone(client);
    expect(client.events()).toEqual([]);
    await until(() => admin.events().length === 2);
  });

  it('an admin who is demoted does not hear of it as an admin', async () => {
    const admin = await college.join(ids.admin);
    const before = college.logins.get(ids.admin)!;
    college.logins.set(ids.admin, { ...before, actor: { ...before.actor, role: 'faculty' } });
    server.publish(buildUser(ids.admin));
    await gone(admin);
    expect(admin.events()).toEqual([]);
  });

  it('a rename ends nothing', async () => {
    const client = await college.join(ids.faculty);
    const before = college.logins.get(ids.faculty)!;
    college.logins.set(ids.faculty, { ...before, actor: { ...before.actor, full_name: 'Fay New' } });
    server.publish(buildUser(ids.faculty), buildMark());
    await until(() => client.events().length === 1);
    expect(client.socket.connected).toBe(true);
  });

  it('not after its session ran out unnoticed', async () => {
    await server.stop();
    server = await college.start({ pace: { beat: 40, slow: 1_000 } });
    const session = await college.signIn(ids.faculty);
    const one = college.open(session.cookie);
    const two = await college.join(ids.faculty);
    await until(() => one.socket.connected);
    await new Promise((resolve) => college.store.destroy(session.session_id, resolve));
    await pause(150);
    expect(one.socket.connected).toBe(true); // it is not asked all the time
    college.clock.skew += 11 * 60_000;
    await gone(one);
    expect(two.socket.connected).toBe(true);
    college.breakStore(true);
    college.clock.skew += 11 * 60_000;
    await pause(150);
    expect(two.socket.connected).toBe(true); // not being able to ask ends nothing
    college.breakStore(false);
    college.logins.delete(ids.faculty); // and nobody told us
    await gone(two);
  });

  it('a removed student hears of it and is signed out', async () => {
    const ann = await college.join(ids.annUser);
    server.publish(buildStudent(ids.ann, 'student_deleted'));
    await gone(ann);
    expect(ann.events().map((e) => e.name)).toEqual(['student_deleted']);
  });
});
