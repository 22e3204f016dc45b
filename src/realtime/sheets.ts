// What does somebody see who has a sheet open: who else has it, and what was saved?
import type { AttendanceService } from '../attendance/attendance.service.ts';
import type { StoredEvent } from '../events.ts';
import { isStaff, systemActor } from '../platform/actor.ts';
import type { Context } from '../platform/actor.ts';
import { Conflict, Forbidden } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { ResultsService } from '../results/results.service.ts';
import type { Answer, SheetKey } from './messages.ts';
import { createPresence } from './presence.ts';
import { refusedBy } from './problem.ts';
import { parseSheet, sheetOf, sheetRoom } from './sheet-key.ts';
import type { AppServer, AppSocket } from './sockets.ts';

const MAX_OPEN = 20;

export interface SheetsNeeds {
  io: AppServer;
  services: { attendance: Pick<AttendanceService, 'sheet'>; results: Pick<ResultsService, 'sheet'> };
  log: Logger;
}

export interface Sheets {
  /** Opens a sheet, or moves to another row of one that is open. The answer carries the sheet. */
  open: (socket: AppSocket, input: unknown, answer: ((answer: Answer) => void) | undefined) => Promise<void>;
  close: (socket: AppSocket, input: unknown, answer: ((answer: Answer) => void) | undefined) => void;
  /** The socket is gone. */
  left: (socket: AppSocket) => void;
  /** Shows what was saved to those who have its sheet open. */
  changed: (event: StoredEvent) => void;
  /** How many sheets are open. */
  size: () => number;
}

export function createSheets({ io, services, log }: SheetsNeeds): Sheets {
  const presence = createPresence();
  // Saved rows not yet shown: while one reading runs, what else is saved waits for the next.
  const waiting = new Map<string, Set<string>>();

  const read = (ctx: Context, key: SheetKey) =>
    'date' in key
      ? services.attendance.sheet(ctx, key.course_id, key.date, key.period)
      : services.results.sheet(ctx, key.course_id, key.exam_type, key.number);

  function announce(room: string): void {
    const key = presence.keyOf(room);
    if (key) io.to(room).emit('presence', { ...key, people: presence.people(room) });
  }

  function leave(socket: AppSocket, room: string): void {
    if (!presence.leave(socket.id, room)) return;
    void socket.leave(room);
    announce(room);
  }

  async function open(socket: AppSocket, input: unknown, answer: ((answer: Answer) => void) | undefined) {
    const { actor } = socket.data;
    if (!isStaff(actor)) throw new Forbidden();
    const { key, row } = parseSheet(input);
    const room = sheetRoom(key);
    const again = presence.isAt(socket.id, room);
    if (!again && presence.roomsOf(socket.id).length >= MAX_OPEN) {
      throw new Conflict(`At most ${MAX_OPEN} sheets can be open at once. Close one first.`);
    }
    // Before it is read: what is saved meanwhile is shown as well, and rows carry versions.
    presence.sit(socket.id, room, key, { user_id: actor.user_id, full_name: actor.full_name }, row);
    void socket.join(room);
    try {
      // Somebody who only moves on to another row and wants no answer costs no reading.
      if (answer || !again) {
        const sheet = await read({ actor }, key);
        answer?.({ ok: true, sheet });
      }
    } catch (error) {
      if (!again) leave(socket, room);
      throw error;
    }
    announce(room);
  }

  async function show(room: string, students: ReadonlySet<string>): Promise<void> {
    const key = presence.keyOf(room);
    if (!key) return;
    const { version, entries } = await read({ actor: systemActor }, key);
    const rows = entries.filter((entry) => students.has(entry.student_id));
    const here = new Set(rows.map((entry) => entry.student_id));
    const gone = [...students].filter((student_id) => !here.has(student_id));
    io.to(room).emit('sheet_rows', { ...key, version, rows, gone });
  }

  async function showAll(room: string): Promise<void> {
    for (;;) {
      const students = waiting.get(room);
      if (!students || students.size === 0) break;
      waiting.set(room, new Set());
      try {
        await show(room, students);
      } catch (error) {
        // Whoever has it open still heard the event; saving on top of it is refused by version.
        log.warn({ err: error }, 'saved rows could not be shown');
      }
    }
    waiting.delete(room);
  }

  return {
    open: (socket, input, answer) =>
      open(socket, input, answer).catch((error: unknown) => answer?.({ ok: false, problem: refusedBy(error, log) })),
    close: (socket, input, answer) => {
      try {
        if (!isStaff(socket.data.actor)) throw new Forbidden();
        leave(socket, sheetRoom(parseSheet(input).key));
        answer?.({ ok: true });
      } catch (error) {
        answer?.({ ok: false, problem: refusedBy(error, log) });
      }
    },
    left: (socket) => {
      for (const room of presence.roomsOf(socket.id)) leave(socket, room);
    },
    changed: (event) => {
      const sheet = sheetOf(event);
      if (!sheet) return;
      const room = sheetRoom(sheet.key);
      if (!presence.keyOf(room)) return;
      const students = waiting.get(room);
      if (students) {
        for (const student_id of sheet.students) students.add(student_id);
      } else {
        waiting.set(room, new Set(sheet.students));
        void showAll(room);
      }
    },
    size: () => presence.size(),
  };
}
