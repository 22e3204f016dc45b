// What does the server not tell by itself? Preloaded into its process (`node --import`): event-loop delay and CPU profiles,
// asked for over the channel between parent and child. It does nothing while nobody asks.
import diagnostics from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const RESOLUTION_MS = 5;
const SAMPLE_US = 500;

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
const session = new Session();
let loop = performance.eventLoopUtilization();
/** When the last answers of the database to a transaction came: monotonic, the same clock in all processes. */
let stored = [];

const post = (method, params) =>
  new Promise((done, fail) => {
    session.post(method, params, (error, result) => (error ? fail(error) : done(result)));
  });

const ms = (ns) => Math.max(0, Math.round((ns / 1e6 - RESOLUTION_MS) * 10) / 10);

function noteStored({ request }) {
  if (String(request.getHeader?.('x-amz-target')).endsWith('TransactWriteItems'))
    stored.push(Number(process.hrtime.bigint()) / 1e6);
}

const answers = {
  reset: () => {
    delay.reset();
    loop = performance.eventLoopUtilization();
  },
  read: async () => {
    // A delay is noted when it is over: by the timer that came too late.
    await sleep(4 * RESOLUTION_MS);
    return {
      delay: { mean: ms(delay.mean), p99: ms(delay.percentile(99)), max: ms(delay.max) },
      busy: performance.eventLoopUtilization(loop).utilization,
      memory: process.memoryUsage(),
    };
  },
  watchStored: () => diagnostics.subscribe('http.client.response.finish', noteStored),
  stored: () => {
    const seen = stored;
    stored = [];
    return seen;
  },
  startProfile: async () => {
    session.connect();
    await post('Profiler.enable');
    await post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
    await post('Profiler.start');
  },
  stopProfile: async (file) => {
    const { profile } = await post('Profiler.stop');
    session.disconnect();
    writeFileSync(file, JSON.stringify(profile));
  },
};

// Where the time of a start goes can only be seen from its beginning on.
if (process.env['BENCH_PROFILE_START'] === 'yes') await answers.startProfile();

if (process.channel) {
  process.on('message', async ({ id, ask, with: argument }) => {
    try {
      process.send({ id, answer: await answers[ask](argument) });
    } catch (error) {
      process.send({ id, error: String(error) });
    }
  });
  // A bench that was killed must not leave a server behind.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // The server ends when it has nothing to do any more, probe or not.
  process.channel.unref();
}
