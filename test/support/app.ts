// A whole app for a test: real engine, real services, a listening server, and people who can sign in.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from '../../src/app.ts';
import type { StoredEvent } from '../../src/events.ts';
import { systemActor } from '../../src/platform/actor.ts';
import type { Context } from '../../src/platform/actor.ts';
import { createToday } from '../../src/platform/clock.ts';
import type { Today } from '../../src/platform/clock.ts';
import { loadConfig } from '../../src/platform/config.ts';
import { createEventBus } from '../../src/platform/event-bus.ts';
import { createReadiness } from '../../src/platform/http/health.ts';
import { createSessionStore } from '../../src/platform/http/session-store.ts';
import { newId } from '../../src/platform/ids.ts';
import { createLogger } from '../../src/platform/logger.ts';
import type { Platform } from '../../src/platform/platform.ts';
import { createRealtime } from '../../src/realtime/realtime.ts';
import type { Realtime } from '../../src/realtime/realtime.ts';
import { createServices } from '../../src/services.ts';
import type { Services } from '../../src/services.ts';
import type { Student } from '../../src/students/student.ts';
import { tables } from '../../src/tables.ts';
import type { User } from '../../src/users/user.ts';
import { createBrowser } from './browser.ts';
import type { Browser } from './browser.ts';
import { noting } from './calls.ts';
import { startTestEngine } from './engine.ts';
import type { TestEngine } from './engine.ts';

/** Everybody's password in tests. */
export const PASSWORD = 'correct horse battery';

export interface Person {
  user: User;
  ctx: Context;
  browser: Browser;
}

export interface TestApp {
  url: string;
  platform: Platform;
  services: Services;
  engine: TestEngine;
  realtime: Realtime;
  today: Today;
  /** What was logged, line by line, when `logLevel` was given. */
  lines: Record<string, unknown>[];
  /** All events since the start, in order. */
  events: StoredEvent[];
  /** The app's clock goes by the machine's plus this many milliseconds. */
  passTime: (ms: number) => void;
  /** For service calls on nobody's behalf. */
  system: Context;
  /** A browser that nobody has signed in with. */
  browser: () => Browser;
  /** A signed-in person of that role; a student comes with a record of their own unless `student_id` is given. */
  admin: (fields?: Partial<User>) => Promise<Person>;
  faculty: (fields?: Partial<User>) => Promise<Person>;
  student: (fields?: Partial<User>) => Promise<Person>;
  addStudent: (fields?: Partial<Student>) => Promise<Student>;
  /** Signs in one more browser. */
  signIn: (username: string, password?: string) => Promise<Browser>;
  stop: () => Promise<void>;
}

export interface TestAppOptions {
  /** Variables on top of the test's own. */
  env?: Record<string, string>;
  /** Use an engine that is already there; it is not stopped. */
  engine?: TestEngine;
}

let made = 0;
/** Something that no other test has. */
export const unique = (): string => `${String(process.pid)}-${String((made += 1))}`;

export async function startTestApp(o: TestAppOptions = {}): Promise<TestApp> {
  const engine = o.engine ?? (await startTestEngine());
  const config = loadConfig({
    NODE_ENV: 'test',
    DATA_DIR: engine.dataDir,
    DYNAMODB_ENDPOINT: engine.endpoint,
    TABLE_PREFIX: engine.tablePrefix,
    SESSION_SECRET: 'a session secret that only tests know',
    TRAIL_KEY: 'a trail key that only tests know well',
    BCRYPT_COST: '10',
    LOG_LEVEL: 'silent',
    ...o.env,
  });
  const lines: Record<string, unknown>[] = [];
  const log = createLogger(config.logLevel, {
    write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  let ahead = 0;
  const clock = { now: () => Date.now() + ahead };
  const events: StoredEvent[] = [];
  const bus = createEventBus<StoredEvent>((error) => {
    throw error;
  });
  bus.listen((event) => void events.push(event));
  const dynamo = noting(engine.dynamo);
  const platform: Platform = { config, log, clock, newId, dynamo, bus };

  const { services, unfinishedJobs, ...running } = createServices(platform);
  await running.start();
  engine.dynamo.hurry();
  const { app, sessionMiddleware } = createApp(platform, services, {
    store: createSessionStore(platform),
    ready: createReadiness({ dynamo, tables, unfinishedJobs }),
    signedOut: (session_id) => realtime.endSession(session_id),
  });
  const server = createServer(app);
  const realtime: Realtime = createRealtime({ server, platform, services, sessionMiddleware });
  realtime.loadLog(await running.recentEvents());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const system: Context = { actor: systemActor };
  // The counter of admins is made with the first one.
  await services.users.ensureFirstAdmin('admin', PASSWORD);

  async function signIn(username: string, password = PASSWORD): Promise<Browser> {
    const browser = createBrowser(url);
    const answer = await browser.signIn(username, password);
    if (answer.status !== 302) throw new Error(`${username} could not sign in: ${String(answer.status)}`);
    return browser;
  }

  const addStudent = (fields: Partial<Student> = {}): Promise<Student> => {
    const code = `S-${unique()}`;
    return services.students.add(system, {
      student_code: code,
      full_name: `Student ${code}`,
      program: 'BSc',
      ...fields,
    });
  };

  async function person(role: User['role'], fields: Partial<User>): Promise<Person> {
    const username = `${role}-${unique()}`;
    const user = await services.users.add(system, {
      username,
      full_name: `The ${username}`,
      password: PASSWORD,
      role,
      ...fields,
    });
    const { user_id, full_name, student_id } = user;
    const ctx: Context = { actor: { user_id, username: user.username, full_name, role, student_id } };
    return { user, ctx, browser: await signIn(user.username) };
  }

  return {
    url,
    platform,
    services,
    engine,
    realtime,
    today: createToday(clock, config.timeZone),
    lines,
    events,
    passTime: (ms) => {
      ahead += ms;
    },
    system,
    browser: () => createBrowser(url),
    admin: (fields = {}) => person('admin', fields),
    faculty: (fields = {}) => person('faculty', fields),
    student: async (fields = {}) => {
      const student_id = fields.student_id ?? (await addStudent()).student_id;
      return person('student', { ...fields, student_id });
    },
    addStudent,
    signIn,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await realtime.close();
      server.closeAllConnections();
      await closed;
      await running.storeNotes();
      running.close();
      if (!o.engine) await engine.stop();
    },
  };
}
