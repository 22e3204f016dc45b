// An app whose way to its engine leads through the fault proxy; the engine itself can be asked directly.
import { availableParallelism, loadavg } from 'node:os';
import { createDynamo } from '../../src/platform/dynamo/client.ts';
import { startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { startTestEngine } from '../support/engine.ts';
import type { TestEngine } from '../support/engine.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';

export interface FaultyApp {
  app: TestApp;
  proxy: FaultProxy;
  /** The engine without faults, for looking at what is stored. */
  engine: TestEngine;
  stop: () => Promise<void>;
}

export async function startFaultyApp(): Promise<FaultyApp> {
  const engine = await startTestEngine();
  const proxy = await startFaultProxy(engine.endpoint);
  const { endpoint } = proxy;
  const dynamo = createDynamo({ endpoint, region: 'us-east-1', tablePrefix: engine.tablePrefix });
  const app = await startTestApp({ engine: { ...engine, endpoint, dynamo } });
  return {
    app,
    proxy,
    engine,
    stop: async () => {
      proxy.set({});
      proxy.network('up');
      await app.stop();
      dynamo.close();
      await proxy.stop();
      await engine.stop();
    },
  };
}

/** What is promised in milliseconds, on a machine that has the time; a busy one gets four times as much. */
export const within = (ms: number): number => (loadavg()[0]! < 1.5 * availableParallelism() ? ms : 4 * ms);
