// Which offsets can be caught up from?
import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../src/events.ts';
import { createEventLog } from '../../src/realtime/event-log.ts';
import { buildStudent } from './college.ts';

const clock = (at = 1_000_000) => ({ at, now: () => 0 });
const build = (n: number, at = 1_000_000): StoredEvent => ({
  ...buildStudent(),
  stamp: {
    number: String(n),
    at: new Date(at).toISOString(),
    by: { user_id: 'u', full_name: 'U' },
    entity: 'student',
    entity_id: 'e',
  },
});
const fixed = () => {
  const c = clock();
  c.now = () => c.at;
  return c;
};
const numbers = (told: { event: StoredEvent }[] | undefined) => told?.map(({ event }) => event.stamp.number);

describe('the log of events', () => {
  it('tells what came after an offset, in order', () => {
    const log = createEventLog(fixed());
    for (const n of [11, 12, 13]) log.add(build(n));
    expect(numbers(log.since('11'))).toEqual(['12', '13']);
    expect(numbers(log.since('13'))).toEqual([]);
    expect(log.newest()).toBe('13');
  });

  it('tells an event otherwise once the person in it was erased', () => {
    const log = createEventLog(fixed());
    for (const n of [11, 12]) log.add(build(n));
    log.retell(new Map([['12', { summary: 'Erased.', payload: { full_name: 'Nobody' }, actor: 'Nobody' }]]));
    const [told] = log.since('11') ?? [];
    expect(told?.event).toMatchObject({
      summary: 'Erased.',
      full_name: 'Nobody',
      stamp: { by: { full_name: 'Nobody' } },
    });
    expect(log.since('10')).toBeUndefined();
  });

  it('tells a number once', () => {
    const log = createEventLog(fixed());
    expect(log.add(build(11))).toBe(true);
    expect(log.add(build(11))).toBe(false);
    expect(log.size()).toBe(1);
  });

  it('knows nothing of offsets that are unknown, ahead or garbage', () => {
    const log = createEventLog(fixed());
    log.add(build(11));
    for (const offset of ['12', '9', '', 'x', '011', '11 ', '__proto__', '1e1', 'NaN']) {
      expect(log.knows(offset), offset).toBe(false);
      expect(log.since(offset)).toBeUndefined();
    }
  });

  it('forgets what is too old, and still knows the last forgotten as an offset', () => {
    const time = fixed();
    const log = createEventLog(time, { keepMs: 1_000 });
    log.add(build(11));
    time.at += 600;
    log.add(build(12));
    time.at += 600;
    expect(numbers(log.since('11'))).toEqual(['12']);
    time.at += 600;
    expect(log.knows('11')).toBe(false);
    expect(numbers(log.since('12'))).toEqual([]);
    expect(log.newest()).toBe('12');
    expect(log.size()).toBe(0);
  });

  it('never holds more than its bound', () => {
    const log = createEventLog(fixed(), { max: 100 });
    for (let n = 1; n <= 1_000; n += 1) log.add(build(n));
    expect(log.size()).toBe(100);
    expect(numbers(log.since('950'))).toHaveLength(50);
    expect(log.since('899')).toBeUndefined();
    expect(numbers(log.since('900'))).toHaveLength(100);
  });

  it('is filled at start, in the order of numbers and before what was told meanwhile', () => {
    const log = createEventLog(fixed());
    log.add(build(10));
    log.add(build(11));
    log.load([build(10), build(9), build(8)]);
    expect(numbers(log.since('8'))).toEqual(['9', '10', '11']);
  });

  it('takes an old event at start as the offset of whoever saw nothing newer', () => {
    const log = createEventLog(fixed());
    log.load([build(5, 1_000)]);
    expect(log.newest()).toBe('5');
    log.add(build(6));
    expect(numbers(log.since('5'))).toEqual(['6']);
  });

  it('has an offset even before the first event', () => {
    const log = createEventLog(fixed());
    const start = log.newest();
    log.add(build(1));
    expect(numbers(log.since(start))).toEqual(['1']);
  });
});
