// What does the app know of a connected socket?
import type { Server, Socket } from 'socket.io';
import type { Actor } from '../platform/actor.ts';
import type { ClientMessages, ServerMessages } from './messages.ts';

export interface SocketData {
  /** The last event the client processed, when it came back from an interruption. */
  since?: string;
  /** Who this is, as the users directory last said. */
  actor: Actor;
  epoch: number;
  /** SHA-256 of the session's id: enough to find the sockets of a session, useless to anybody else. */
  session: string;
  /** When the session was last read (milliseconds). */
  seen: number;
}

export type AppServer = Server<ClientMessages, ServerMessages, Record<string, never>, SocketData>;
export type AppSocket = Socket<ClientMessages, ServerMessages, Record<string, never>, SocketData>;

/** Rooms: all staff, the admins among them, one student, all sockets of one user. */
export const studentRoom = (student_id: string): string => `student:${student_id}`;
export const userRoom = (user_id: string): string => `user:${user_id}`;

/** The rooms that an actor's events are told in. A student without a record hears nothing. */
export function roomsOf(actor: Actor): string[] {
  const own = [userRoom(actor.user_id)];
  if (actor.role === 'admin') return [...own, 'staff', 'admins'];
  if (actor.role === 'faculty') return [...own, 'staff'];
  return actor.student_id === null ? own : [...own, studentRoom(actor.student_id)];
}
