// Does the app refuse to start with wrong settings, naming each, and does it keep the keys it makes?
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../../src/platform/config.ts';
import { ensureSecrets } from '../../src/platform/secrets.ts';

const SECRET = 'x'.repeat(32);
const production = { NODE_ENV: 'production', SESSION_SECRET: SECRET, TRAIL_KEY: SECRET };

function faultsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe('settings', () => {
  it('have the defaults of the contract', () => {
    expect(loadConfig({})).toMatchObject({
      env: 'development',
      port: 5000,
      host: '127.0.0.1',
      publicUrl: undefined,
      trustProxy: 0,
      timeZone: 'UTC',
      collegeName: 'StudentCore College',
      region: 'us-east-1',
      tablePrefix: 'studentcore-',
      dynamoEndpoint: undefined,
      embedded: true,
      dataDir: join(process.cwd(), 'data'),
      bcryptCost: 12,
      admin: { username: 'admin', password: undefined },
      redisUrl: undefined,
      retain: { accessDays: 730, studentYears: 10 },
      logLevel: 'info',
      cookie: { name: 'studentcore.sid', secure: false },
      version: '0.1.0',
    });
  });

  it('take a variable that is set to nothing as not set', () => {
    expect(loadConfig({ PORT: '', DYNAMODB_ENDPOINT: ' ', TIME_ZONE: '' })).toMatchObject({
      port: 5000,
      embedded: true,
    });
  });

  it('are strict in production: secure cookies, one proxy, AWS', () => {
    expect(loadConfig(production)).toMatchObject({
      cookie: { name: '__Host-studentcore.sid', secure: true },
      trustProxy: 1,
      embedded: false,
      dynamoEndpoint: undefined,
    });
    expect(loadConfig({ ...production, PUBLIC_URL: 'http://school.lan' }).cookie).toEqual({
      name: 'studentcore.sid',
      secure: false,
    });
  });

  it('demand both secrets in production', () => {
    const faults = faultsOf({ NODE_ENV: 'production' });
    expect(faults).toHaveLength(2);
    expect(faults[0]).toMatch(/^SESSION_SECRET is missing/);
    expect(faults[1]).toMatch(/^TRAIL_KEY is missing/);
  });

  it('never show a secret that is refused', () => {
    const faults = faultsOf({ SESSION_SECRET: 'hunter2', TRAIL_KEY: `${SECRET},short`, ADMIN_PASSWORD: 'hunter2' });
    expect(faults).toHaveLength(3);
    expect(faults.join()).not.toMatch(/hunter2|short,/);
  });

  it('accept several secrets, to rotate', () => {
    expect(loadConfig({ SESSION_SECRET: `${SECRET}, ${'y'.repeat(40)}` }).sessionSecrets).toEqual([
      SECRET,
      'y'.repeat(40),
    ]);
  });

  it.each([
    ['PORT', '70000'],
    ['PORT', '5e3'],
    ['HOST', 'a b'],
    ['NODE_ENV', 'staging'],
    ['PUBLIC_URL', 'students.college.edu'],
    ['PUBLIC_URL', 'https://college.edu/students'],
    ['TRUST_PROXY', 'yes'],
    ['TIME_ZONE', 'Mars/Olympus'],
    ['DYNAMODB_ENDPOINT', 'localhost:8000'],
    ['AWS_REGION', 'Frankfurt'],
    ['TABLE_PREFIX', 'a/b'],
    ['BCRYPT_COST', '9'],
    ['ADMIN_PASSWORD', 'short'],
    ['ADMIN_PASSWORD', 'ä'.repeat(37)],
    ['REDIS_URL', 'http://redis'],
    ['LOG_LEVEL', 'loud'],
  ])('refuse %s=%s with one line that names it', (name, value) => {
    const faults = faultsOf({ [name]: value });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${name} [^\\n]+\\.$`));
  });

  it('name every fault at once', () => {
    expect(faultsOf({ PORT: 'x', LOG_LEVEL: 'x', TIME_ZONE: 'x' })).toHaveLength(3);
  });

  it('take the socket of systemd only when it is meant for this process', () => {
    expect(loadConfig({ LISTEN_FDS: '1', LISTEN_PID: String(process.pid) }).listenFd).toBe(3);
    expect(loadConfig({ LISTEN_FDS: '1', LISTEN_PID: '1' }).listenFd).toBeUndefined();
  });
});

describe('keys nobody set', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'studentcore-secrets-'));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('are made once, kept for the owner only, and found again', () => {
    const config = loadConfig({ DATA_DIR: join(dataDir, 'a') });
    const first = ensureSecrets(config);
    expect(first.sessionSecrets[0]).toHaveLength(64);
    expect(first.trailKeys[0]).not.toBe(first.sessionSecrets[0]);
    expect(ensureSecrets(config)).toEqual(first);
    expect(statSync(join(dataDir, 'a', 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  it('give way to the ones that are set', () => {
    const config = loadConfig({ DATA_DIR: join(dataDir, 'b'), SESSION_SECRET: SECRET });
    const secrets = ensureSecrets(config);
    expect(secrets.sessionSecrets).toEqual([SECRET]);
    expect(readFileSync(join(dataDir, 'b', 'secrets.json'), 'utf8')).toContain(secrets.trailKeys[0]);
  });

  it('are not made anew over a file that can no longer be read', () => {
    const config = loadConfig({ DATA_DIR: join(dataDir, 'a') });
    writeFileSync(join(dataDir, 'a', 'secrets.json'), '{');
    expect(() => ensureSecrets(config)).toThrow(ConfigError);
  });

  it('need a folder that can be written', () => {
    writeFileSync(join(dataDir, 'file'), '');
    const config = loadConfig({ DATA_DIR: join(dataDir, 'file', 'below') });
    expect(() => ensureSecrets(config)).toThrow(/DATA_DIR/);
  });
});
