// Does anything grow without bound? Rooms, log, sheets, and what waits for a slow client.
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MarkEvent } from '../../src/events.ts';
import { buildCollege, buildMark, buildMarkSheet, ids, pause, until } from './college.ts';
import type { College } from './college.ts';

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

describe('what is kept', () => {
  it('nothing for rooms where nobody is, and a bounded log', async () => {
    const admin = await college.join(ids.admin);
    await until(() => server.realtime.counts().rooms === 4); // own, user, staff, admins
    for (let i = 0; i < 12_000; i += 1) {
      server.publish(i % 2 ? buildMark(ids.ben) : buildMarkSheet());
      if (i % 500 === 0) await pause(1);
    }
    await until(() => admin.events().length === 12_000, 20_000);
    expect(server.realtime.counts()).toEqual({ sockets: 1, rooms: 4, events: 10_000, sheets: 0 });
  });

  it('nothing of clients that are gone', async () => {
    for (let round = 0; round < 3; round += 1) {
      const clients = await Promise.all([ids.admin, ids.faculty, ids.annUser].map((id) => college.join(id)));
      await clients[0]!.ask('sheet_open', { course_id: ids.course, date: '2026-03-02' });
      for (const { socket } of clients) socket.disconnect();
      await until(() => server.realtime.counts().sockets === 0);
    }
    expect(server.realtime.counts()).toMatchObject({ sockets: 0, rooms: 0, sheets: 0 });
  });

  it('cuts off a client that does not read, which then comes back and catches up', async () => {
    await server.stop();
    server = await college.start({ pace: { beat: 30_000, slow: 100 } });
    const slow = await college.join(ids.faculty);
    const other = await college.join(ids.admin);
    const engine = slow.socket.io.engine as unknown as { transport: { ws: { _socket: Duplex } } };
    const wire = engine.transport.ws._socket;
    wire.pause();
    const sheet = buildMarkSheet() as MarkEvent;
    const changes = Array.from({ length: 500 }, () => sheet.changes[1]!);
    const many = 900;
    for (let i = 0; i < many; i += 1) {
      server.publish({ ...sheet, changes });
      if (i % 50 === 0) await pause(1);
    }
    await until(() => server.realtime.counts().sockets === 1);
    wire.resume();
    await until(() => slow.events().length >= many && other.events().length >= many, 20_000);
    await pause(50);
    expect(slow.events().map((e) => e.number)).toEqual(college.stored.map((e) => e.stamp.number));
  });

  it('lets nobody in while it closes, and lets clients come back to the next process', async () => {
    const polling = await college.join(ids.faculty, { transports: ['polling'] });
    const websocket = await college.join(ids.admin);
    const began = Date.now();
    await server.stop();
    expect(Date.now() - began).toBeLessThan(1_500);
    await until(() => !polling.socket.connected && !websocket.socket.connected);
    server = await college.start();
    await until(() => polling.socket.connected && websocket.socket.connected);
  });

  it('messages of the server reach everybody who is connected, without an offset', async () => {
    const [admin, ann] = [await college.join(ids.admin), await college.join(ids.annUser)];
    server.realtime.serverMessage('Maintenance at 18:00.', 'warning');
    for (const client of [admin, ann]) {
      await until(() => client.named('server_message').length === 1);
      expect(client.named('server_message')[0]).toMatchObject({
        message: { message: 'Maintenance at 18:00.', level: 'warning' },
        number: undefined,
      });
    }
  });
});
