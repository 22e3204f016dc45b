// Was a data set loaded here before? One item in `system` remembers which, so that a second run changes nothing.
import type { Dynamo } from '../platform/dynamo/client.ts';
import { getItem } from '../platform/dynamo/reads.ts';
import { put, transact } from '../platform/dynamo/transaction.ts';
import { randomUUID } from 'node:crypto';
import type { Sizes } from './college.ts';

const KEY = { pk: 'seed', sk: 'college' };

export interface Marker {
  sizes: Sizes;
  /** False while it is being loaded: an interrupted load can be taken up again. */
  complete: boolean;
}

export async function readMarker(dynamo: Dynamo): Promise<Marker | undefined> {
  const item = await getItem(dynamo, 'system', KEY);
  return item ? { sizes: item['sizes'] as Sizes, complete: item['complete'] === true } : undefined;
}

export const writeMarker = (dynamo: Dynamo, marker: Marker): Promise<void> =>
  transact(dynamo, [put(dynamo, 'system', { ...KEY, ...marker })], randomUUID());

/** The flags that would ask for this data set. */
export const asFlags = ({ students, programs, courses, attendance, results, random, today }: Sizes): string =>
  Object.entries({ students, programs, courses, attendance, results, random, today })
    .map(([name, value]) => `--${name} ${String(value)}`)
    .join(' ');

export const sameSizes = (a: Sizes, b: Sizes): boolean => asFlags(a) === asFlags(b);
