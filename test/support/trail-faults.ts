// What does verify-trail say of an app's tables? The faults it names; none when all is well.
import { verifyTrail } from '../../src/trail/verify.ts';
import type { TestApp } from './app.ts';

export async function trailFaults({ engine, platform }: TestApp): Promise<string[]> {
  const { faults } = await verifyTrail({ dynamo: engine.dynamo, keys: platform.config.trailKeys, rows: 'scan' });
  return faults;
}
