// A real HTTP server with real sessions and sockets around createRealtime; only the services are stand-ins.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import express from 'express';
import session from 'express-session';
import { io as connect } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import type { AttendanceSheet } from '../../src/attendance/mark.ts';
import type { DomainEvent, StoredEvent } from '../../src/events.ts';
import type { Role } from '../../src/platform/actor.ts';
import { createEventBus } from '../../src/platform/event-bus.ts';
import { NotFound } from '../../src/platform/errors.ts';
import type { Platform } from '../../src/platform/platform.ts';
import { createRealtime } from '../../src/realtime/realtime.ts';
import type { RealtimeNeeds } from '../../src/realtime/realtime.ts';
import type { ResultSheet } from '../../src/results/result.ts';
import type { Login } from '../../src/users/users.service.ts';

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export const ids = {
  course: uuid(100),
  otherCourse: uuid(101),
  ann: uuid(1),
  ben: uuid(2),
  annUser: uuid(11),
  benUser: uuid(12),
  faculty: uuid(13),
  admin: uuid(14),
  mark: uuid(50),
  otherMark: uuid(51),
};

export interface Heard {
  name: string;
  message: Record<string, unknown>;
  number: unknown;
}

export interface Client {
  socket: Socket;
  heard: Heard[];
  /** What was heard of mutations only. */
  events: () => Heard[];
  named: (name: string) => Heard[];
  /** Cuts the transport, as a tunnel does; the stock client comes back by itself. */
  cut: () => Promise<void>;
  ask: (name: string, ...args: unknown[]) => Promise<Record<string, unknown>>;
}

const NOT_EVENTS = new Set(['hello', 'server_message', 'presence', 'sheet_rows']);

export async function until(what: () => boolean, ms = 5_000): Promise<void> {
  const end = Date.now() + ms;
  while (!what()) {
    if (Date.now() > end) throw new Error(`waited ${String(ms)} ms in vain for ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function login(user_id: string, role: Role, full_name: string, student_id: string | null = null): Login {
  return {
    actor: { user_id, username: `${full_name}@login`, full_name, role, student_id },
    epoch: 1,
    must_change_password: false,
  };
}

/** Everything that outlives a restart of the server: logins, sessions, stored events, sheets. */
export function buildCollege() {
  const logins = new Map<string, Login>([
    [ids.admin, login(ids.admin, 'admin', 'Ada Admin')],
    [ids.faculty, login(ids.faculty, 'faculty', 'Fay Faculty')],
    [ids.annUser, login(ids.annUser, 'student', 'Ann', ids.ann)],
    [ids.benUser, login(ids.benUser, 'student', 'Ben', ids.ben)],
  ]);
  const store = new session.MemoryStore();
  const stored: StoredEvent[] = [];
  const clock = { skew: 0, now: () => Date.now() + clock.skew };
  const failures: unknown[] = [];
  const reads = { attendance: 0, results: 0, sessions: 0 };
  const clients: Socket[] = [];
  const servers = new Set<() => Promise<void>>();
  let number = 0;
  let port = 0;
  let storeDown = false;

  const sheetOf = (date: string, period: number): AttendanceSheet => ({
    course_id: ids.course,
    date,
    period,
    version: stored.length,
    entries: [ids.ann, ids.ben].map((student_id, i) => ({
      student_id,
      student_code: `S-${String(i)}`,
      student_name: i === 0 ? 'Ann' : 'Ben',
      attendance_id: uuid(50 + i),
      version: stored.length,
      status: 'Present',
      remarks: null,
      updated_at: null,
      updated_by: null,
      enrolled: true,
    })),
  });

  const services: RealtimeNeeds['services'] = {
    users: { login: (user_id) => logins.get(user_id) },
    attendance: {
      sheet: async (_ctx, course_id, date, period) => {
        reads.attendance += 1;
        await pause(5);
        if (course_id !== ids.course) throw new NotFound('There is no such course.');
        return sheetOf(date, Number(period));
      },
    },
    results: {
      sheet: async (_ctx, course_id, exam_type, exam_number) => {
        reads.results += 1;
        await pause(5);
        const sheet = { course_id, exam_type, number: Number(exam_number), version: 3, max_marks: 100, entries: [] };
        return sheet as unknown as ResultSheet;
      },
    },
  };

  /** Starts a server (again, on the same port) with what is stored. */
  async function start({ pace }: Pick<RealtimeNeeds, 'pace'> = {}) {
    const app = express();
    const sessionMiddleware = session({ store, secret: 'x'.repeat(32), resave: false, saveUninitialized: false });
    app.get('/sign-in/:user_id', sessionMiddleware, (req, res) => {
      const user_id = String(req.params['user_id']);
      signInAs(req.session, user_id, logins.get(user_id)?.epoch ?? 0);
      res.send(req.sessionID);
    });
    const server: Server = createServer(app);
    const bus = createEventBus<StoredEvent>((error) => failures.push(error));
    const log = { info: () => undefined, warn: () => undefined, error: (it: unknown) => failures.push(it) };
    const platform = { bus, clock, config: { publicUrl: undefined, trustProxy: 0 }, log } as unknown as Platform;
    const realtime = createRealtime({
      server,
      platform,
      services,
      sessionMiddleware: (req, res, next) => {
        reads.sessions += 1;
        if (storeDown) next(new Error('the store does not answer'));
        else sessionMiddleware(req, res, next);
      },
      ...(pace ? { pace } : {}),
    });
    realtime.loadLog(stored);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;

    const stop = async (): Promise<void> => {
      servers.delete(stop);
      await realtime.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    servers.add(stop);
    const publish = (...events: DomainEvent[]): void => {
      for (const event of events) bus.publish(storeEvent(event));
    };
    return { realtime, server, bus, publish, stop };
  }

  /** Stores an event without telling it, as a mutation right before a crash does. */
  function storeEvent(event: DomainEvent, at = clock.now()): StoredEvent {
    number += 1;
    const stamp = {
      number: String(1_700_000_000_000_000 + number),
      at: new Date(at).toISOString(),
      by: { user_id: ids.admin, full_name: 'Ada Admin' },
      entity: 'student',
      entity_id: 'e',
    };
    const told: StoredEvent = { ...event, stamp };
    stored.push(told);
    return told;
  }

  async function signIn(user_id: string): Promise<{ cookie: string; session_id: string }> {
    const answer = await fetch(`http://127.0.0.1:${String(port)}/sign-in/${user_id}`);
    const [cookie = ''] = (answer.headers.getSetCookie()[0] ?? '').split(';');
    return { cookie, session_id: await answer.text() };
  }

  /** An unmodified stock client with this cookie. */
  function open(cookie: string | undefined, options: Record<string, unknown> = {}): Client {
    const socket = connect(`http://127.0.0.1:${String(port)}`, {
      forceNew: true,
      transports: ['websocket'],
      reconnectionDelay: 50,
      reconnectionDelayMax: 100,
      extraHeaders: cookie === undefined ? {} : { cookie },
      ...options,
    });
    clients.push(socket);
    const heard: Heard[] = [];
    socket.onAny((name: string, message: Record<string, unknown>, at: unknown) =>
      heard.push({ name, message, number: at }),
    );
    const named = (name: string): Heard[] => heard.filter((h) => h.name === name);
    return {
      socket,
      heard,
      events: () => heard.filter((h) => !NOT_EVENTS.has(h.name)),
      named,
      cut: async () => {
        socket.io.reconnectionDelay(600);
        socket.io.reconnectionDelayMax(600);
        socket.io.engine.close();
        await until(() => !socket.connected);
        socket.io.reconnectionDelay(50);
      },
      ask: (name, ...args) => socket.timeout(3_000).emitWithAck(name, ...args) as Promise<Record<string, unknown>>,
    };
  }

  /** Signs in and waits until the client has heard hello. */
  async function join(user_id: string, options: Record<string, unknown> = {}): Promise<Client> {
    const { cookie } = await signIn(user_id);
    const client = open(cookie, options);
    await until(() => client.named('hello').length > 0);
    return client;
  }

  async function end(): Promise<void> {
    for (const socket of clients) socket.disconnect();
    for (const stop of [...servers]) await stop();
  }

  return {
    logins,
    clock,
    failures,
    store,
    reads,
    stored,
    start,
    storeEvent,
    signIn,
    open,
    join,
    end,
    port: () => port,
    breakStore: (down: boolean) => (storeDown = down),
  };
}

export type College = ReturnType<typeof buildCollege>;

function signInAs(at: session.Session & Partial<session.SessionData>, user_id: string, epoch: number): void {
  Object.assign(at, { user_id, epoch, signed_in_at: Date.now() });
}

const markChange = (student_id: string, status: 'Present' | 'Absent' | 'Late' | null, name?: string) => ({
  name: (name ?? 'attendance_marked') as 'attendance_marked',
  id: student_id === ids.ann ? ids.mark : ids.otherMark,
  student_id,
  version: 1,
  status,
});

/** A single mark. */
export const buildMark = (student_id: string = ids.ann, summary = 'A mark was set.'): DomainEvent => ({
  name: 'attendance_marked',
  summary,
  course_id: ids.course,
  course_code: 'CS101-26A',
  date: '2026-03-02',
  period: 1,
  sheet: false,
  sheet_version: 1,
  changes: [markChange(student_id, 'Present')],
});

/** A saved sheet: Ann is new, Ben's mark was removed. */
export const buildMarkSheet = (): DomainEvent =>
  ({
    ...buildMark(ids.ann, 'Ann and Ben were marked.'),
    name: 'attendance_marked',
    sheet: true,
    changes: [markChange(ids.ann, 'Late'), markChange(ids.ben, null, 'attendance_deleted')],
  }) as DomainEvent;

export const buildResult = (student_id: string = ids.ann): DomainEvent => ({
  name: 'result_added',
  summary: 'A result was entered.',
  course_id: ids.course,
  course_code: 'CS101-26A',
  exam_type: 'quiz',
  number: 2,
  sheet: false,
  sheet_version: 1,
  changes: [{ name: 'result_added', id: ids.mark, student_id, version: 1, grade: 'B+' }],
});

export const buildStudent = (
  id: string = ids.ann,
  name: 'student_added' | 'student_updated' | 'student_deleted' = 'student_updated',
): DomainEvent => ({
  name,
  id,
  summary: 'Student S-1 was changed by Ada.',
  student_code: 'S-1',
  full_name: id === ids.ben ? 'Ben' : 'Ann',
});

export const buildCourse = (): DomainEvent => ({
  name: 'course_updated',
  id: ids.course,
  summary: 'Two students were enrolled.',
  course_code: 'CS101-26A',
  course_name: 'Programming',
  count: 2,
  ids: [ids.ann, ids.ben],
});

export const buildUser = (
  id: string = ids.faculty,
  name: 'user_added' | 'user_updated' | 'user_deleted' = 'user_updated',
): DomainEvent => ({
  name,
  id,
  summary: 'User fay was changed.',
  username: 'fay',
  full_name: 'Fay Faculty',
  role: 'faculty',
});
