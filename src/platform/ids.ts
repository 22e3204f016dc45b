// Where do ids come from?
import { v4, v5 } from 'uuid';

// RFC 9562 names this namespace for URLs; docs/contract.md §1 takes it for marks and results.
const NAMESPACE = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';

/** A new random id for a user, student or course. */
export const newId = (): string => v4();

/** The id that a natural key always has: the same mark sent twice can't make two records. */
export const naturalId = (name: string): string => v5(name, NAMESPACE);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether a text has the shape of an id (lower case, as we make them). */
export const isId = (text: string): boolean => UUID.test(text);
