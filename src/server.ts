// How does the app come to life, and how does it end? Opens one thing after the other, and closes them in reverse.
import { createServer } from 'node:http';
import process from 'node:process';
import { createApp } from './app.ts';
import type { StoredEvent } from './events.ts';
import { systemClock } from './platform/clock.ts';
import { loadConfig } from './platform/config.ts';
import { createDynamo } from './platform/dynamo/client.ts';
import { createTables } from './platform/dynamo/create-tables.ts';
import { startEngine } from './platform/dynamo/engine.ts';
import { startSweeper } from './platform/dynamo/sweep.ts';
import { createEventBus } from './platform/event-bus.ts';
import { prepareDrain } from './platform/http/drain.ts';
import { createReadiness } from './platform/http/health.ts';
import { listen } from './platform/http/listen.ts';
import { createSessionStore } from './platform/http/session-store.ts';
import { newId } from './platform/ids.ts';
import { createLogger } from './platform/logger.ts';
import type { Platform } from './platform/platform.ts';
import { ensureSecrets } from './platform/secrets.ts';
import { startFaults } from './platform/start-refused.ts';
import { createRealtime } from './realtime/realtime.ts';
import type { Realtime } from './realtime/realtime.ts';
import { createServices } from './services.ts';
import { tables } from './tables.ts';

/** Of all headers together; more is 431. */
const MOST_HEADER_BYTES = 16 * 1024;
const FINISH_MS = 6_000;
const END_MS = 9_500;

/** What has been opened, to be closed in reverse order. */
const opened: (() => unknown)[] = [];

async function close(): Promise<void> {
  for (const end of opened.splice(0).reverse()) await end();
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function openPlatform(): Promise<Platform> {
  const config = ensureSecrets(loadConfig());
  const log = createLogger(config.logLevel);
  const engine = config.embedded ? await startEngine({ dataDir: config.dataDir, log }) : undefined;
  if (engine) opened.push(() => engine.stop());
  const { region, tablePrefix } = config;
  const dynamo = createDynamo({ endpoint: engine?.endpoint ?? config.dynamoEndpoint, region, tablePrefix });
  opened.push(dynamo.close);
  // In production tables come from CloudFormation, and the app may not make any.
  if (config.env !== 'production') await createTables(dynamo, tables);
  const bus = createEventBus<StoredEvent>((error) => log.error({ err: error }, 'a listener failed'));
  return { config, log, clock: systemClock, newId, dynamo, bus };
}

/**
 * What the tables were read through is garbage by now, and more than what is kept of them. V8 would give the room back under
 * pressure only: its first round ends a marking that is under way, the second closes the gaps. Needs `--expose-gc`.
 */
function collectLeftovers(): void {
  globalThis.gc?.();
  globalThis.gc?.();
}

async function start(): Promise<void> {
  const platform = await openPlatform();
  const { config, log, dynamo, clock } = platform;
  if (config.redisUrl !== undefined) log.warn('REDIS_URL is set, but this version runs as one instance only');

  const { services, unfinishedJobs, ...running } = createServices(platform);
  opened.push(running.close);
  await running.start();
  collectLeftovers();
  // Not before: what is removed under a scan in segments makes the embedded engine skip the rest of a segment.
  if (config.embedded) opened.push(startSweeper(dynamo, clock, log).stop);
  opened.push(running.takeCheckpoints().stop);
  opened.push(running.storeNotes);

  // Before anybody can ask: who is told that the app is ready can sign in.
  const { username, password } = config.admin;
  const made = await services.users.ensureFirstAdmin(username, password);
  if (made !== undefined) {
    say(`\nThe first administrator was made. Sign in and choose a password of your own; this one is not shown again.`);
    say(`  user name: ${username}\n  password:  ${made}\n`);
  }

  let ending = false;
  const tablesReady = createReadiness({ dynamo, tables, unfinishedJobs });
  const { app, sessionMiddleware } = createApp(platform, services, {
    store: createSessionStore(platform),
    ready: () => (ending ? Promise.resolve('The app is being stopped.') : tablesReady()),
    signedOut: (session_id) => realtime.endSession(session_id),
  });
  const server = createServer({ maxHeaderSize: MOST_HEADER_BYTES }, app);
  const drain = prepareDrain(server);
  const realtime: Realtime = createRealtime({ server, platform, services, sessionMiddleware });
  realtime.loadLog(await running.recentEvents());

  dynamo.hurry();
  const address = await listen(server, config);
  opened.push(async () => {
    const drained = drain(FINISH_MS);
    await realtime.close();
    await drained;
  });

  const end = (signal: string): void => {
    if (ending) return;
    ending = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(0), END_MS).unref();
    void close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end).on('SIGINT', end);
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'a defect ended the app');
    process.exit(1);
  });

  log.info({ address, version: config.version, build: config.buildId }, 'listening');
  say(`StudentCore is at ${config.publicUrl?.origin ?? address}`);
}

start().catch(async (error: unknown) => {
  for (const line of startFaults(error)) process.stderr.write(`${line}\n`);
  await close().catch(() => undefined);
  process.exit(1);
});
