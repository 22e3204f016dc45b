// What did a client miss? Chosen from the log by what it may see now, sent in order, before anything new.
import type { Clock } from '../platform/clock.ts';
import { isStaff } from '../platform/actor.ts';
import type { Actor } from '../platform/actor.ts';
import type { EventName, StoredEvent } from '../events.ts';
import { ownMessage, staffMessage, staffRoom } from './broadcasts.ts';
import { AWAY_MS } from './event-log.ts';
import type { EventLog } from './event-log.ts';
import type { OwnMessage, StaffMessage } from './messages.ts';
import { roomsOf } from './sockets.ts';
import type { AppSocket } from './sockets.ts';

interface Missed {
  name: EventName;
  message: StaffMessage | OwnMessage;
  number: string;
}

/** What an actor hears of an event; undefined when nothing. */
function heardBy(actor: Actor, rooms: string[], event: StoredEvent): Missed | undefined {
  const { number } = event.stamp;
  if (!isStaff(actor)) {
    const own = actor.student_id === null ? undefined : ownMessage(event, actor.student_id);
    return own && { ...own, number };
  }
  return rooms.includes(staffRoom(event)) ? { name: event.name, message: staffMessage(event), number } : undefined;
}

/** Everything the actor would have heard since an offset; undefined when that can't be told any more. */
function missedBy(actor: Actor, since: string, log: EventLog, clock: Clock): Missed[] | undefined {
  const told = log.since(since);
  if (!told) return undefined;
  const rooms = roomsOf(actor);
  const missed: Missed[] = [];
  for (const { event, at } of told) {
    const heard = heardBy(actor, rooms, event);
    if (!heard) continue;
    // Whoever missed this was away for longer than the promise holds.
    if (at < clock.now() - AWAY_MS) return undefined;
    missed.push(heard);
  }
  return missed;
}

/**
 * Brings a new socket up to date and lets it join its rooms, all in one tick: nothing can come in between,
 * so every event is heard once and in order. `hello` comes last, because it moves the client's offset to the newest event.
 */
export function catchUp(socket: AppSocket, log: EventLog, clock: Clock): void {
  const { actor, since } = socket.data;
  const missed = since === undefined ? undefined : missedBy(actor, since, log, clock);
  if (missed) {
    for (const { name, message, number } of missed) socket.emit(name, message, number);
  } else if (wasHereBefore(socket)) {
    socket.emit('server_message', { level: 'refresh', message: 'You were away for a while. Load the page again.' });
  }
  void socket.join(roomsOf(actor));
  socket.emit('hello', { at: new Date(clock.now()).toISOString() }, log.newest());
}

// The stock client sends these two only when it comes back.
const wasHereBefore = ({ handshake: { auth } }: AppSocket): boolean =>
  auth['pid'] !== undefined || auth['offset'] !== undefined;
