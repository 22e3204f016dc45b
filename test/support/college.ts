// A college without a server for tests of the store: services on an engine, with an end that can come at any transaction.
import { systemActor } from '../../src/platform/actor.ts';
import type { Context } from '../../src/platform/actor.ts';
import { createToday } from '../../src/platform/clock.ts';
import { loadConfig } from '../../src/platform/config.ts';
import { createDynamo } from '../../src/platform/dynamo/client.ts';
import type { Dynamo } from '../../src/platform/dynamo/client.ts';
import { queryAll } from '../../src/platform/dynamo/reads.ts';
import { Unavailable } from '../../src/platform/errors.ts';
import { createEventBus } from '../../src/platform/event-bus.ts';
import { newId } from '../../src/platform/ids.ts';
import { createLogger } from '../../src/platform/logger.ts';
import type { StoredEvent } from '../../src/events.ts';
import { createServices } from '../../src/services.ts';
import type { Running, Services } from '../../src/services.ts';
import type { Student } from '../../src/students/student.ts';
import { TRAIL_KEY } from './audit.ts';
import { unique } from './app.ts';
import { noting } from './calls.ts';
import type { TestEngine } from './engine.ts';

type Send = (command: unknown) => Promise<unknown>;

/** What stands between the services and the engine. */
export interface Line {
  /** Called with the kind of every command before it is sent; may wait, or throw to lose it. */
  before: (command: string) => Promise<void> | void;
  /** Called when the engine has answered; may throw to lose the answer. */
  after: (command: string) => Promise<void> | void;
}

export interface College {
  services: Services;
  dynamo: Dynamo;
  line: Line;
  system: Context;
  today: () => string;
  events: StoredEvent[];
  log: Record<string, unknown>[];
  passTime: (ms: number) => void;
  /** How many jobs are stored and not finished. */
  openJobs: () => Promise<number>;
  course: (fields?: object) => ReturnType<Services['courses']['add']>;
  student: (fields?: Partial<Student>) => Promise<Student>;
  /** A course with this many students, enrolled by one roster change. */
  classOf: (n: number, fields?: object) => Promise<{ course_id: string; ids: string[] }>;
  /** The process dies just before its n-th write from now on: nothing is sent any more. */
  dieAt: (n: number) => void;
  dead: () => boolean;
  takeCheckpoints: Running['takeCheckpoints'];
  /** Seals the heads of all chains that moved. */
  checkpoint: () => Promise<void>;
  close: () => void;
}

export const isWrite = (command: string): boolean => command === 'TransactWriteCommand' || command === 'UpdateCommand';

export interface CollegeOptions {
  env?: Record<string, string>;
  ahead?: number;
}

/** Services started on the engine, as a process would; call close() instead of letting two live at once. */
export async function startCollege(engine: TestEngine, o: CollegeOptions = {}): Promise<College> {
  const config = loadConfig({
    NODE_ENV: 'test',
    DATA_DIR: engine.dataDir,
    DYNAMODB_ENDPOINT: engine.endpoint,
    TABLE_PREFIX: engine.tablePrefix,
    SESSION_SECRET: 'a session secret that only tests know',
    TRAIL_KEY,
    BCRYPT_COST: '10',
    LOG_LEVEL: 'error',
    ...o.env,
  });
  const dynamo = createDynamo({ endpoint: engine.endpoint, region: 'us-east-1', tablePrefix: engine.tablePrefix });
  const line: Line = { before: () => undefined, after: () => undefined };
  const send = dynamo.doc.send.bind(dynamo.doc) as Send;
  let isDead = false;
  const gone = (): never => {
    throw new Unavailable('The process is dead.');
  };
  dynamo.doc.send = (async (command: object) => {
    const name = command.constructor.name;
    if (isDead) gone();
    await line.before(name);
    if (isDead) gone();
    const answer = await send(command);
    await line.after(name);
    if (isDead) gone();
    return answer;
  }) as typeof dynamo.doc.send;

  let ahead = o.ahead ?? 0;
  const clock = { now: () => Date.now() + ahead };
  const events: StoredEvent[] = [];
  const log: Record<string, unknown>[] = [];
  const bus = createEventBus<StoredEvent>((error) => {
    throw error;
  });
  bus.listen((event) => void events.push(event));
  const logger = createLogger(config.logLevel, {
    write: (l) => void log.push(JSON.parse(l) as Record<string, unknown>),
  });
  const { services, start, close, takeCheckpoints } = createServices({
    config,
    log: logger,
    clock,
    newId,
    dynamo: noting(dynamo),
    bus,
  });
  await start();
  const system: Context = { actor: systemActor };

  const course = (fields: object = {}) =>
    services.courses.add(system, { course_code: `C-${unique()}`, course_name: 'Course', credits: 3, ...fields });
  const student = (fields: Partial<Student> = {}) => {
    const code = `S-${unique()}`;
    return services.students.add(system, {
      student_code: code,
      full_name: `Student ${code}`,
      program: 'BSc',
      ...fields,
    });
  };

  return {
    services,
    dynamo,
    line,
    system,
    today: createToday(clock, config.timeZone),
    events,
    log,
    passTime: (ms) => {
      ahead += ms;
    },
    openJobs: async () => {
      const question = { KeyConditionExpression: 'pk = :job', ExpressionAttributeValues: { ':job': 'job' } };
      return (await queryAll(engine.dynamo, 'system', question)).length;
    },
    course,
    student,
    classOf: async (n, fields = {}) => {
      const { course_id } = await course(fields);
      const made = await Promise.all(Array.from({ length: n }, () => student({ enrolled_courses: [course_id] })));
      return { course_id, ids: made.map((s) => s.student_id) };
    },
    dieAt: (n) => {
      let sent = 0;
      line.before = (command) => {
        if (isWrite(command)) sent += 1;
        if (sent >= n) isDead = true;
      };
    },
    dead: () => isDead,
    takeCheckpoints,
    checkpoint: () => takeCheckpoints().stop(),
    close: () => {
      isDead = true;
      close();
      dynamo.close();
    },
  };
}
