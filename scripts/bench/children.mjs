// Which processes did the bench start? They are asked over their channel, and ended with it, however it ends.
import { spawn } from 'node:child_process';

const living = new Set();
const PATIENCE_MS = 12_000;

/** A process of ours; `ask` sends a question over its channel and resolves to the answer. */
export function startChild(command, args, options) {
  const child = spawn(command, args, options);
  const open = new Map();
  let last = 0;
  const ended = new Promise((done) => {
    child.once('error', (error) => done(error.message));
    child.once('exit', (code, signal) => done(signal ?? `code ${String(code)}`));
  });
  void ended.then((how) => {
    living.delete(mine);
    for (const { fail } of open.values()) fail(new Error(`The process ${args.at(-1)} ended (${how}).`));
    open.clear();
  });
  child.on('message', ({ id, answer, error }) => {
    const waiting = open.get(id);
    open.delete(id);
    if (error === undefined) waiting?.done(answer);
    else waiting?.fail(new Error(error));
  });
  const mine = {
    pid: child.pid,
    ended,
    ask: (ask, argument) =>
      new Promise((done, fail) => {
        const id = (last += 1);
        open.set(id, { done, fail });
        child.send({ id, ask, with: argument }, (error) => error && fail(error));
      }),
    /** Ends it politely, then not. */
    stop: async () => {
      if (!living.has(mine)) return;
      child.kill('SIGTERM');
      const impatient = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      await ended;
      clearTimeout(impatient);
    },
  };
  living.add(mine);
  return mine;
}

/** Answers questions in a process that was started by `startChild`. */
export function answerQuestions(answers) {
  process.on('message', async ({ id, ask, with: argument }) => {
    try {
      process.send({ id, answer: await answers[ask](argument) });
    } catch (error) {
      process.send({ id, error: error instanceof Error ? error.message : String(error) });
    }
  });
  // Ctrl+C in the terminal reaches every process; the parent says when to end.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit(0));
}

/** Whatever still runs is ended: politely, then not. */
export const stopAll = () => Promise.all([...living].map(({ stop }) => stop()));
