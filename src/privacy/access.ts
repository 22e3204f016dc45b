// What is an access? Somebody opened a student's record, or took all of it away as a file.
import { z } from 'zod';
import type { Role } from '../platform/actor.ts';
import { filter, numberText } from '../platform/list-query.ts';

export const ACCESS_KINDS = ['opened', 'exported'] as const;
export type AccessKind = (typeof ACCESS_KINDS)[number];

/** One entry for each reader, hour and kind. Name and role are those of that time. */
export interface Access {
  at: string;
  user_id: string;
  name: string;
  role: Role;
  what: AccessKind;
}

export const accessQuery = z.strictObject({
  limit: numberText('Limit', 1, 1000).default(100),
  cursor: filter(z.string({ error: () => 'Cursor is one text.' }).max(2000)),
});
