// `npm run seed`: loads the demo college. Exits with 2 for bad flags, 1 for whatever else is in the way, always with one line.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { StoredEvent } from '../events.ts';
import { systemActor } from '../platform/actor.ts';
import { createToday, systemClock } from '../platform/clock.ts';
import { inProduction, loadConfig, seedPassword } from '../platform/config.ts';
import type { Config } from '../platform/config.ts';
import { createDynamo } from '../platform/dynamo/client.ts';
import type { Dynamo } from '../platform/dynamo/client.ts';
import { createTables } from '../platform/dynamo/create-tables.ts';
import { startEngine } from '../platform/dynamo/engine.ts';
import { createEventBus } from '../platform/event-bus.ts';
import { createLogger } from '../platform/logger.ts';
import { ensureSecrets } from '../platform/secrets.ts';
import { startFaults, StartRefused } from '../platform/start-refused.ts';
import { createServices } from '../services.ts';
import type { Services } from '../services.ts';
import { tables } from '../tables.ts';
import { weakness } from '../users/password-rules.ts';
import { password as passwordRule } from '../users/user.ts';
import { BadArguments, readArguments, USAGE } from './arguments.ts';
import type { Asked } from './arguments.ts';
import { planCollege } from './college.ts';
import type { Sizes } from './college.ts';
import { demandFreeCodes, loadCollege } from './load.ts';
import { asFlags, readMarker, sameSizes, writeMarker } from './marker.ts';
import type { Marker } from './marker.ts';
import { createMoments } from './moment.ts';
import { createProgress } from './progress.ts';
import { DoesNotFit, thousands } from './sheets.ts';

const DEFAULT_PASSWORD = 'studentcore-demo';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function demandPassword(): string {
  const checked = passwordRule.safeParse(seedPassword());
  const why = checked.success ? weakness(checked.data, { username: 'admin', college: '' }) : undefined;
  if (checked.success && why === undefined) return checked.data;
  throw new StartRefused(
    `SEED_PASSWORD can't be used: ${why ?? checked.error?.issues[0]?.message ?? 'it is no password.'}`,
  );
}

/** Which data set this run is about, or undefined when there is nothing to do. Throws StartRefused. */
function decide(asked: Asked, marker: Marker | undefined): Sizes | undefined {
  const { ofDay, firstStart, ...sizes } = asked;
  if (!marker) return sizes;
  // Without a day of its own a repeat means the day of the first run, also tomorrow.
  const wanted = ofDay ? sizes : { ...sizes, today: marker.sizes.today };
  if (sameSizes(wanted, marker.sizes)) return marker.complete ? undefined : wanted;
  if (firstStart && marker.complete) return undefined;
  throw new StartRefused(
    marker.complete
      ? `This college already holds another data set (${asFlags(marker.sizes)}): choose an empty DATA_DIR or another TABLE_PREFIX.`
      : `The load of another data set was interrupted here; finish it first: npm run seed -- ${asFlags(marker.sizes)}`,
  );
}

interface Opened {
  services: Services;
  dynamo: Dynamo;
  config: Config;
  moments: ReturnType<typeof createMoments>;
}

/** Opens what the app would open, apart from its doors; closes it after `work`. */
async function withCollege<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
  const config = ensureSecrets(loadConfig());
  // Progress is for people; of the log only what went wrong.
  const log = createLogger(config.logLevel === 'silent' ? 'silent' : 'error');
  const engine = config.embedded ? await startEngine({ dataDir: config.dataDir, log }) : undefined;
  const { region, tablePrefix } = config;
  const dynamo = createDynamo({ endpoint: engine?.endpoint ?? config.dynamoEndpoint, region, tablePrefix });
  try {
    await createTables(dynamo, tables);
    const moments = createMoments(systemClock);
    const bus = createEventBus<StoredEvent>((error) => log.error({ err: error }, 'a listener failed'));
    const { clock, newId } = moments;
    // The demo's password may be in the name of the college, as in “Demo College”.
    const running = createServices({ config: { ...config, collegeName: '' }, log, clock, newId, dynamo, bus });
    await running.start();
    try {
      return await work({ services: running.services, dynamo, config, moments });
    } finally {
      running.close();
    }
  } finally {
    dynamo.close();
    await engine?.stop();
  }
}

async function load(asked: Asked, password: string, { services, dynamo, moments, config }: Opened): Promise<boolean> {
  const marker = await readMarker(dynamo);
  const others = services.students.list({ actor: systemActor }, { page_size: 1 }).total;
  if (asked.firstStart && !marker && others > 0) return false;
  const sizes = decide(asked, marker);
  if (!sizes) {
    say('This data set is already loaded: nothing was changed.');
    return true;
  }
  const started = Date.now();
  const college = planCollege(sizes);
  demandFreeCodes(college, services);
  await writeMarker(dynamo, { sizes, complete: false });
  await loadCollege(college, {
    services,
    moments,
    password,
    adminUsername: config.admin.username,
    progress: createProgress(say, () => Date.now()),
  });
  await writeMarker(dynamo, { sizes, complete: true });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  say(`Loaded ${thousands(sizes.students)} students in ${String(sizes.programs)} programmes in ${seconds} s.`);
  return true;
}

/** Remembers for scripts/start.sh that the question was answered, and how. */
function noteFirstStart(dataDir: string, demo: boolean): void {
  const own = seedPassword() !== DEFAULT_PASSWORD;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(join(dataDir, 'first-start'), demo ? `demo, ${own ? 'own' : 'default'} password\n` : 'own data\n');
}

async function run(args: string[]): Promise<number> {
  if (inProduction()) throw new StartRefused('The demo college is never loaded in production (NODE_ENV=production).');
  const asked = readArguments(args, createToday(systemClock, loadConfig().timeZone)());
  if (!asked) {
    say(USAGE);
    return 0;
  }
  // Asked before anything is opened: what doesn't fit must leave no trace.
  planCollege(asked);
  const password = demandPassword();
  await withCollege(async (opened) => {
    const demo = await load(asked, password, opened);
    if (asked.firstStart) noteFirstStart(opened.config.dataDir, demo);
  });
  return 0;
}

run(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const wrong = error instanceof BadArguments || error instanceof DoesNotFit;
    for (const line of wrong ? [error.message] : startFaults(error)) process.stderr.write(`${line}\n`);
    process.exitCode = wrong ? 2 : 1;
  },
);
