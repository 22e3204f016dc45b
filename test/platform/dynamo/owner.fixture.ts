// An app of its own process for engine tests: starts the engine on argv[2], says how that went, and waits to be ended.
import { startEngine } from '../../../src/platform/dynamo/engine.ts';
import { silentLog } from '../../support/engine.ts';

const [, , dataDir = '', mode = 'stay'] = process.argv;
try {
  const engine = await startEngine({ dataDir, log: silentLog });
  console.log(`endpoint ${engine.endpoint}`);
  if (mode === 'exit') process.exit(0); // without stop(), as after an uncaught error
  setInterval(() => undefined, 1_000);
} catch (error) {
  console.log(`refused ${(error as Error).message}`);
}
