// Who has which sheet open, and in which row are they?
import type { Person, SheetKey } from './messages.ts';

interface Seat extends Person {
  /** Grows with every move: of one person's windows the one used last counts. */
  moved: number;
}

export interface Presence {
  /** Seats a socket at a sheet, or moves it to another row; an undefined row leaves it where it is. */
  sit: (
    socket_id: string,
    room: string,
    key: SheetKey,
    who: Omit<Person, 'row'>,
    row: string | null | undefined,
  ) => void;
  /** False when it did not sit there. */
  leave: (socket_id: string, room: string) => boolean;
  isAt: (socket_id: string, room: string) => boolean;
  /** The rooms where a socket sits. */
  roomsOf: (socket_id: string) => string[];
  /** The sheet of a room, while somebody has it open. */
  keyOf: (room: string) => SheetKey | undefined;
  /** Each person once, in the order they came. */
  people: (room: string) => Person[];
  /** How many sheets are open. */
  size: () => number;
}

export function createPresence(): Presence {
  const sheets = new Map<string, { key: SheetKey; seats: Map<string, Seat> }>();
  const rooms = new Map<string, Set<string>>();
  let moves = 0;

  return {
    sit: (socket_id, room, key, who, row) => {
      const sheet = sheets.get(room) ?? { key, seats: new Map<string, Seat>() };
      sheets.set(room, sheet);
      const seat = sheet.seats.get(socket_id);
      moves += 1;
      sheet.seats.set(socket_id, { ...who, row: row === undefined ? (seat?.row ?? null) : row, moved: moves });
      rooms.set(socket_id, (rooms.get(socket_id) ?? new Set()).add(room));
    },
    leave: (socket_id, room) => {
      const sheet = sheets.get(room);
      if (!sheet?.seats.delete(socket_id)) return false;
      if (sheet.seats.size === 0) sheets.delete(room);
      const own = rooms.get(socket_id);
      own?.delete(room);
      if (own?.size === 0) rooms.delete(socket_id);
      return true;
    },
    isAt: (socket_id, room) => sheets.get(room)?.seats.has(socket_id) ?? false,
    roomsOf: (socket_id) => [...(rooms.get(socket_id) ?? [])],
    keyOf: (room) => sheets.get(room)?.key,
    people: (room) => {
      const people = new Map<string, Seat>();
      for (const seat of sheets.get(room)?.seats.values() ?? []) {
        const other = people.get(seat.user_id);
        if (!other || other.moved < seat.moved) people.set(seat.user_id, seat);
      }
      return [...people.values()].map(({ user_id, full_name, row }) => ({ user_id, full_name, row }));
    },
    size: () => sheets.size,
  };
}
