// What does every part of the app get handed: settings, log, clock, ids, database, events?
import type { StoredEvent } from '../events.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Dynamo } from './dynamo/client.ts';
import type { EventBus } from './event-bus.ts';
import type { Logger } from './logger.ts';

export interface Platform {
  config: Config;
  log: Logger;
  clock: Clock;
  /** A new random id; the seed makes them predictable. */
  newId: () => string;
  dynamo: Dynamo;
  bus: EventBus<StoredEvent>;
}
