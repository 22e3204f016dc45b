// `npm run retention`: which students left so long ago that they are due for erasure? With --erase they are erased.
import { parseArgs } from 'node:util';
import type { StoredEvent } from './events.ts';
import { systemActor } from './platform/actor.ts';
import { systemClock } from './platform/clock.ts';
import { BadUsage, createProgress, runCommand, say, thousands } from './platform/command.ts';
import { createEventBus } from './platform/event-bus.ts';
import { newId } from './platform/ids.ts';
import { createLogger } from './platform/logger.ts';
import { openToRead, openToWrite } from './platform/open-tables.ts';
import type { OpenTables } from './platform/open-tables.ts';
import { isDue, lastKept } from './privacy/retention.ts';
import { createServices } from './services.ts';
import type { Student } from './students/student.ts';
import { createStudentsRepository } from './students/students.repository.ts';

const USAGE = 'npm run retention -- [--erase]';

function readErase(args: string[]): boolean {
  try {
    return parseArgs({ args, options: { erase: { type: 'boolean', default: false } } }).values.erase;
  } catch {
    throw new BadUsage(`That is not understood. Try: ${USAGE}`);
  }
}

async function dueStudents({ config, dynamo }: OpenTables): Promise<Student[]> {
  const before = lastKept(systemClock.now(), config.retain.studentYears);
  const due: Student[] = [];
  for await (const { record } of createStudentsRepository(dynamo).all()) if (isDue(record, before)) due.push(record);
  return due.sort((a, b) => (a.updated_at < b.updated_at ? -1 : 1));
}

/** By the same service as the app's; returns how many were not erased. */
async function erase({ config, dynamo }: OpenTables, due: readonly Student[]): Promise<number> {
  const log = createLogger('error');
  const bus = createEventBus<StoredEvent>((error) => log.error({ err: error }, 'a listener failed'));
  const running = createServices({ config, log, clock: systemClock, newId, dynamo, bus });
  await running.start();
  const progress = createProgress();
  let done = 0;
  try {
    for (const { student_id, version } of due) {
      try {
        await running.services.erasure.erase({ actor: systemActor }, student_id, version);
        progress('erased', (done += 1));
      } catch (error) {
        say(`${student_id} could not be erased: ${error instanceof Error ? error.message : 'unknown reason'}`);
      }
    }
    await running.takeCheckpoints().stop();
  } finally {
    running.close();
  }
  say(`${thousands(done)} erased. Make a new backup, and remove older ones when they are no longer needed.`);
  return due.length - done;
}

runCommand(async (args) => {
  const erasing = readErase(args);
  const opened = await (erasing ? openToWrite() : openToRead());
  try {
    const due = await dueStudents(opened);
    const years = String(opened.config.retain.studentYears);
    for (const student of due) say(`${student.updated_at.slice(0, 10)}  ${student.student_code}  ${student.status}`);
    say(`${thousands(due.length)} students left and were not changed for ${years} years (RETAIN_STUDENT_YEARS).`);
    if (erasing) return (await erase(opened, due)) === 0 ? 0 : 1;
    if (due.length > 0) say(`Nothing was erased. To erase them: ${USAGE.replace('[--erase]', '--erase')}`);
    return 0;
  } finally {
    await opened.close();
  }
});
