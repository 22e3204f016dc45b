// How does an event lie in its trail entry? Without what the entry says anyway: its name, and the ids of its rows.
import type { DomainEvent, StoredEvent } from '../../events.ts';
import type { Item } from './reads.ts';

export function payloadOf(event: DomainEvent): Item {
  const payload = { ...event, name: undefined, summary: undefined }; // what is undefined is not stored
  if (!('changes' in payload)) return payload;
  // The name of a row's change only where it is another than the event's, as on a sheet that also removes.
  const nameOf = (name: string) => (name === event.name ? undefined : name);
  return { ...payload, changes: payload.changes.map((one) => ({ ...one, id: undefined, name: nameOf(one.name) })) };
}

/** The event of a stored entry, as it was told. */
export function eventOf(entry: Item): StoredEvent {
  const { changes, ...payload } = entry['payload'] as { changes?: object[] };
  const rows = entry['rows'] as { id: string }[];
  const name = String(entry['event']);
  return {
    ...payload,
    ...(changes ? { changes: changes.map((change, i) => ({ name, id: rows[i]?.id, ...change })) } : {}),
    name,
    summary: String(entry['summary']),
    stamp: {
      number: String(entry['number']),
      at: String(entry['at']),
      by: { user_id: String(entry['actor']), full_name: String(entry['actor_name']) },
      entity: String(entry['entity']),
      entity_id: String(entry['entity_id']),
    },
  } as unknown as StoredEvent;
}
