// Which passwords may be chosen, and is each place that sets one the same door?
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../src/platform/logger.ts';
import { createPasswords, isWhole } from '../../src/users/passwords.ts';
import { weakness } from '../../src/users/password-rules.ts';
import { userInput } from '../../src/users/user.ts';
import { PASSWORD, startTestApp, unique } from '../support/app.ts';
import type { Person, TestApp } from '../support/app.ts';

const context = { username: 'ada.lovelace', college: 'Riverside Community College' };

describe('what guessers try first', () => {
  it.each([
    '1234567890',
    'qwertyuiop',
    'password123',
    'Password123',
    'PASSWORD123!',
    'p@ssw0rd123',
    '!!basketball!!',
    'ｐａｓｓｗｏｒｄ１２３',
  ])('%s is refused, with a word about what to do', (password) => {
    expect(weakness(password, context)).toMatch(/guessers try first\. Choose another one: /);
  });

  it.each(['ada.lovelace', 'AdaLovelace1', 'lovelace.ada.lovelace'.slice(9), '2026-ada.lovelace!'])(
    '%s is little more than the user name',
    (password) => {
      expect(weakness(password, context)).toContain('the user name');
    },
  );

  it.each(['studentcore', 'StudentCore2026!', 'stud3ntc0re', 'riverside-2026', 'Riverside College', 'COMMUNITY99'])(
    '%s is little more than the name of the college or the program',
    (password) => {
      expect(weakness(password, context)).toContain('the name of the college');
    },
  );

  it.each([
    PASSWORD,
    'studentcore-demo',
    'vier blaue Fische',
    'пароль для входа',
    '  spaces  stay  ',
    '🐟🐠🐡🦈🐙🦑🦐🦞🦀🐚',
    'riverside horses fly',
    'x7#Kq!99zz',
    'ada.lovelace likes bridges',
  ])('%s may be chosen', (password) => {
    expect(weakness(password, context)).toBeUndefined();
  });
});

describe('the length of a password', () => {
  const refusal = (password: string) => {
    const input = { username: 'a', full_name: 'b', role: 'admin', password };
    return userInput.safeParse(input).error?.issues.map(({ message }) => message);
  };

  it('is at least ten characters as people count them, of any kind', () => {
    expect(refusal('🐟'.repeat(9))).toEqual([expect.stringContaining('at least 10 characters')]);
    for (const fine of ['🐟'.repeat(10), 'a b c d e ', '          ', 'ß'.repeat(10)])
      expect(refusal(fine)).toBeUndefined();
  });

  it('is at most what bcrypt reads: 72 bytes, nothing cut', () => {
    expect(refusal('x'.repeat(72))).toBeUndefined();
    expect(refusal('ä'.repeat(36))).toBeUndefined();
    expect(refusal('x'.repeat(73))).toEqual([expect.stringContaining('72 bytes')]);
    expect(refusal('ä'.repeat(37))).toEqual([expect.stringContaining('72 bytes')]);
    for (const cut of ['a password\u0000and more', 'a lone surrogate \ud800']) {
      expect(refusal(cut)).toEqual([expect.stringContaining('can not be typed')]);
    }
  });

  it('counts at sign-in too: what goes on after 72 bytes is another password', async () => {
    const passwords = createPasswords(10);
    const longest = 'x'.repeat(72);
    const hash = await passwords.hash(longest);
    expect(await passwords.matches(longest, hash)).toBe(true);
    expect(await passwords.matches(`${longest}y`, hash)).toBe(false);
    expect(await passwords.matches(`${longest}\u0000`, hash)).toBe(false);
    const short = await passwords.hash('a good one');
    expect(await passwords.matches('a good one\u0000', short)).toBe(false);
    expect(isWhole(longest)).toBe(true);
    expect(() => passwords.hash(`${longest}y`)).toThrow('would cut');
  });
});

describe('how many hashes wait', () => {
  it('is bounded: who comes too late is told at once, and later all is as before', async () => {
    const passwords = createPasswords(10, { waiting: 3 });
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => passwords.matches('anything', undefined)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    for (const one of tries) {
      if (one.status === 'rejected')
        expect(one.reason).toMatchObject({ status: 503, title: 'Too busy', retryAfter: 5 });
    }
    expect(await passwords.matches('anything', undefined)).toBe(false);
  });

  it('takes as long for a name that nobody has, for an empty login and for a text that bcrypt would cut', async () => {
    const passwords = createPasswords(10);
    const hash = await passwords.hash(PASSWORD);
    // Of the processor, not of the wall: other programs on the machine must not decide.
    const cost = async (password: string, against: string | undefined): Promise<number> => {
      const before = process.cpuUsage();
      await passwords.matches(password, against);
      return process.cpuUsage(before).user;
    };
    const kinds: [string, string | undefined][] = [
      ['a wrong password', hash],
      ['a wrong password', undefined],
      ['a wrong password', '-'],
      ['x'.repeat(100), hash],
    ];
    const costs = kinds.map((): number[] => []);
    for (let round = 0; round < 7; round += 1) {
      for (const [i, [password, against]] of kinds.entries()) costs[i]!.push(await cost(password, against));
    }
    const medians = costs.map((all) => all.sort((a, b) => a - b)[3]!);
    // An answer without a hash would be a hundred times as cheap.
    for (const median of medians) expect(median / medians[0]!).toBeGreaterThan(0.7);
    for (const median of medians) expect(median / medians[0]!).toBeLessThan(1.4);
  });
});

describe('every place that sets a password', () => {
  let app: TestApp;
  let admin: Person;
  beforeAll(async () => {
    app = await startTestApp();
    admin = await app.admin();
  });
  afterAll(() => app.stop());
  const POOR = 'password123';
  const SAYS = 'guessers try first';

  it('refuses a poor one beside its field: adding, changing, and the own one', async () => {
    const fields = { username: `u-${unique()}`, full_name: 'Ada', role: 'faculty' };
    const added = await admin.browser.api('POST', '/api/users', { ...fields, password: POOR });
    expect(added.status).toBe(422);
    expect(added.json.errors).toEqual([{ field: 'password', message: expect.stringContaining(SAYS) }]);
    const page = await admin.browser.post('/users', { ...fields, password: POOR }, { from: '/users/new' });
    expect(page.status).toBe(422);
    expect(page.text).toContain(SAYS);
    expect(page.text).toContain('value="Ada"');
    expect(page.text).not.toContain(POOR);

    const { user, browser } = await app.faculty();
    const changed = await admin.browser.api(
      'PATCH',
      `/api/users/${user.user_id}`,
      { password: user.username },
      { 'if-match': '"1"' },
    );
    expect([changed.status, changed.json.errors[0].field]).toEqual([422, 'password']);
    const own = await browser.post('/account', {
      current_password: PASSWORD,
      new_password: POOR,
      confirm_password: POOR,
    });
    expect(own.status).toBe(422);
    expect(own.text).toContain('id="f-new_password-error"');
    expect(own.text).toContain(SAYS);
    expect((await browser.get('/account')).status).toBe(200);
  });

  it('judges a new password by the new user name', async () => {
    const { user } = await app.faculty();
    const both = { username: 'marie.curie', password: 'marie.curie.1' };
    await expect(app.services.users.change(app.system, user.user_id, 1, both)).rejects.toMatchObject({ status: 422 });
  });
});

describe('the first password of the first administrator', () => {
  const lines: string[] = [];
  const log = createLogger('warn', { write: (line) => void lines.push(line) });
  const production = { NODE_ENV: 'production', SESSION_SECRET: 's'.repeat(32), TRAIL_KEY: 't'.repeat(32) };

  it('is warned about, and in production refused in words', async () => {
    const { createServices } = await import('../../src/services.ts');
    const app = await startTestApp({ env: { LOG_LEVEL: 'warn' } });
    try {
      for (const env of [{}, production]) {
        const other = await startEmpty(app, env, log);
        const made = createServices(other).services.users.ensureFirstAdmin('first', 'password123');
        if ('NODE_ENV' in env) {
          await expect(made).rejects.toMatchObject({ name: 'StartRefused' });
          await expect(made).rejects.toThrow("ADMIN_PASSWORD can't be used. This is one of the passwords");
        } else await made.catch(() => undefined); // this engine has its admin; the warning comes first
      }
      expect(lines.join()).toContain('ADMIN_PASSWORD is a poor choice');
      expect(lines.join()).not.toContain('password123');
    } finally {
      await app.stop();
    }
  });
});

/** A platform on the same engine whose memory is empty, as before the first start. */
async function startEmpty(app: TestApp, env: Record<string, string>, log: ReturnType<typeof createLogger>) {
  const { loadConfig } = await import('../../src/platform/config.ts');
  const { TABLE_PREFIX, ...rest } = { TABLE_PREFIX: app.engine.tablePrefix, ...env };
  const config = loadConfig({
    NODE_ENV: 'test',
    DYNAMODB_ENDPOINT: app.engine.endpoint,
    SESSION_SECRET: 's'.repeat(32),
    TRAIL_KEY: 't'.repeat(32),
    BCRYPT_COST: '10',
    TABLE_PREFIX,
    ...rest,
  });
  return { ...app.platform, config, log };
}
