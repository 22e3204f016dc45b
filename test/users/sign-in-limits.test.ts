// Is a guesser slowed, without locking anybody else out?
import { describe, expect, it } from 'vitest';
import { TooMany } from '../../src/platform/errors.ts';
import { createSignInLimits, networkOf } from '../../src/users/sign-in-limits.ts';

const MINUTE = 60_000;

function setUp() {
  let now = 1_000_000;
  const limits = createSignInLimits({ now: () => now });
  const fail = async (username: string, address: string): Promise<void> => {
    (await limits.enter(username, address))('failed');
  };
  return { limits, fail, pass: (ms: number) => (now += ms) };
}

describe('sign-in limits', () => {
  it('refuse the eleventh attempt of one account and address, and say for how long', async () => {
    const { fail, limits, pass } = setUp();
    for (let i = 0; i < 10; i += 1) await fail('Ada', '10.0.0.1');
    pass(MINUTE);
    await expect(limits.enter('ada ', '10.0.0.1')).rejects.toMatchObject({ status: 429, retryAfter: 14 * 60 });
    await expect(fail('ada', '10.0.0.2')).resolves.toBeUndefined();
    await expect(fail('grace', '10.0.0.1')).resolves.toBeUndefined();
    pass(14 * MINUTE);
    await expect(fail('ada', '10.0.0.1')).resolves.toBeUndefined();
  });

  it('forget failures one by one, each after 15 minutes', async () => {
    const { fail, pass } = setUp();
    for (let i = 0; i < 10; i += 1) {
      await fail('ada', '10.0.0.1');
      pass(MINUTE);
    }
    await expect(fail('ada', '10.0.0.1')).rejects.toThrow('Try again in 5 minutes.');
    pass(5 * MINUTE);
    await fail('ada', '10.0.0.1');
    await expect(fail('ada', '10.0.0.1')).rejects.toThrow('Try again in a minute.');
  });

  it('never count right ones', async () => {
    const { fail, limits } = setUp();
    for (let i = 0; i < 9; i += 1) await fail('ada', '10.0.0.1');
    for (let i = 0; i < 300; i += 1) (await limits.enter('ada', '10.0.0.1'))('other');
    await fail('ada', '10.0.0.1');
    await expect(fail('ada', '10.0.0.1')).rejects.toBeInstanceOf(TooMany);
  });

  it('refuse an address after 100 failures over many accounts', async () => {
    const { fail } = setUp();
    for (let i = 0; i < 100; i += 1) await fail(`user${String(i)}`, '10.0.0.1');
    await expect(fail('another', '10.0.0.1')).rejects.toBeInstanceOf(TooMany);
    await expect(fail('another', '10.0.0.2')).resolves.toBeUndefined();
  });

  it('let parallel guesses not overshoot', async () => {
    const { limits } = setUp();
    let hashed = 0;
    let atOnce = 0;
    let most = 0;
    const guess = async (): Promise<void> => {
      const leave = await limits.enter('ada', '10.0.0.1');
      most = Math.max(most, (atOnce += 1));
      await new Promise((resolve) => setTimeout(resolve, 2));
      hashed += 1;
      atOnce -= 1;
      leave('failed');
    };
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, guess));
    expect(hashed).toBe(10);
    expect(most).toBe(10);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(40);
  });

  it('let a crowd with right passwords through, some waiting for others', async () => {
    const { limits } = setUp();
    const outcomes = await Promise.all(
      Array.from({ length: 300 }, async (_, i) => {
        const leave = await limits.enter(`user${String(i)}`, '10.0.0.1');
        await new Promise((resolve) => setTimeout(resolve, 1));
        leave('other');
        return true;
      }),
    );
    expect(outcomes).toHaveLength(300);
  });
});

describe('what counts as one address', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s is of %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
