// Who sends the requests? A process of its own: users that each send, check the answer and send again.
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerQuestions } from './children.mjs';
import { readFacts } from './facts.mjs';
import { createConnection } from './http-client.mjs';
import { operations } from './operations/index.mjs';
import { quantiles } from './quantiles.mjs';
import { readBack } from './read-back.mjs';
import { createWorld, LOGINS, openSessions, signIn } from './world.mjs';

const SHOWN = 3;
const LONGEST = 500;
let world;
let prepared;
let single;

/** A wrong answer may hold anything. */
const printable = (text) => text.replace(/[^\x20-\x7e\u00a0-\uffff]/g, '?').slice(0, LONGEST);

function summary(times, seconds, errors) {
  return {
    requests: times.length,
    perSecond: times.length / seconds,
    ...quantiles(times),
    errors: errors.length,
    said: [...new Set(errors)].slice(0, SHOWN).map(printable),
  };
}

/**
 * `users` send one request after the other for so many seconds. With `rate` they share that many requests a second,
 * each due at its moment: waiting for a free connection counts as waiting for the answer. With `count` that many are sent.
 */
async function run({ operation, users, seconds, rate, count }) {
  const { next } = operations.get(operation);
  const times = [];
  const errors = [];
  const begin = performance.now();
  const end = begin + (seconds ?? 0) * 1000;
  let slot = 0;

  async function once(connection, user, due) {
    const { text, check } = next(world, user);
    const from = due ?? performance.now();
    try {
      const answer = await connection.send(text);
      times.push(performance.now() - from);
      const wrong = check(answer);
      if (wrong !== undefined) errors.push(`${operation}: ${wrong}`);
    } catch (error) {
      errors.push(`${operation}: ${error.message}`);
      await sleep(50); // a server that is gone is not asked a million times
    }
  }

  async function person(user) {
    const connection = createConnection(world.port);
    if (count !== undefined) {
      for (let i = user; i < count; i += users) await once(connection, user);
    } else if (rate === undefined) {
      while (performance.now() < end) await once(connection, user);
    } else {
      for (;;) {
        const due = begin + ((slot += 1) * 1000) / rate;
        if (due >= end) break;
        if (due > performance.now()) await sleep(due - performance.now());
        await once(connection, user, due);
      }
    }
    connection.close();
  }

  await Promise.all(Array.from({ length: users }, (_, user) => person(user)));
  return summary(times, (performance.now() - begin) / 1000, errors);
}

answerQuestions({
  /** `sessions`: how many to open, or earlier ones to go on with. */
  open: async ({ dataDir, port, sessions }) => {
    world = createWorld(readFacts(dataDir), port);
    if (Array.isArray(sessions)) world.sessions = sessions;
    else await openSessions(world, sessions);
  },
  sessions: () => world.sessions,
  rowsSeen: () => world.rowsSeen ?? 0,
  run,
  readBack: (asked) => readBack(world, asked),
  cookies: () => world.sessions.map(({ cookie }) => cookie),
  everybodysCookies: async () => {
    const cookies = [];
    for (const username of LOGINS) cookies.push((await signIn(world, username)).cookie);
    return cookies;
  },
  /** Makes a request without sending it; resolves to the id of what it writes. */
  prepare: ({ operation }) => {
    prepared = operations.get(operation).next(world, 0);
    return prepared.id;
  },
  /** Sends it; resolves to the moment of its answer (monotonic milliseconds), or to what is wrong with it. */
  sendPrepared: async () => {
    single ??= createConnection(world.port);
    const answer = await single.send(prepared.text);
    const answered = Number(process.hrtime.bigint()) / 1e6;
    return { answered, error: prepared.check(answer) };
  },
});
