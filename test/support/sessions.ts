// Which sessions lie in the table?
import { scanAll } from '../../src/platform/dynamo/reads.ts';
import type { Item } from '../../src/platform/dynamo/reads.ts';
import type { TestApp } from './app.ts';

export async function storedSessions(app: Pick<TestApp, 'engine'>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of scanAll(app.engine.dynamo, 'system')) if (item['sk'] === 'session') found.push(item);
  return found;
}
