// Which settings does the app run with? The only reader of process.env; docs/contract.md §5 lists the variables.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Everything the environment decides. Secrets are empty until `ensureSecrets` made them (outside production only). */
export interface Config {
  env: 'development' | 'production' | 'test';
  port: number;
  host: string;
  /** The socket that systemd hands over, instead of host and port. */
  listenFd: number | undefined;
  /** The address people type; undefined: whatever host a request names. */
  publicUrl: URL | undefined;
  /** Number of proxies before the app. */
  trustProxy: number;
  timeZone: string;
  collegeName: string;
  region: string;
  tablePrefix: string;
  dynamoEndpoint: string | undefined;
  /** Whether the local engine is started and kept by the app. */
  embedded: boolean;
  dataDir: string;
  sessionSecrets: string[];
  trailKeys: string[];
  bcryptCost: number;
  admin: { username: string; password: string | undefined };
  redisUrl: string | undefined;
  /** How long personal data are kept. */
  retain: { accessDays: number; studentYears: number };
  logLevel: LogLevel;
  cookie: { name: string; secure: boolean };
  /** Of package.json. */
  version: string;
  buildId: string;
}

/** The environment can't be used; `faults` has one sentence for each variable. */
export class ConfigError extends Error {
  readonly faults: string[];
  constructor(faults: string[]) {
    super(faults.join('\n'));
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

const ENVIRONMENTS = ['development', 'production', 'test'] as const;
const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
const SECRET_BYTES = 32;

const bytes = (text: string): number => Buffer.byteLength(text);

/** Reads variables one by one and remembers every fault; a wrong one reads as its default. */
function createReader(env: NodeJS.ProcessEnv) {
  const faults: string[] = [];
  // A variable that is set to nothing, as in `PORT=`, is one that is not set.
  const text = (name: string): string | undefined => env[name]?.trim() || undefined;

  function checked<T>(name: string, fallback: T, rule: string, read: (value: string) => T | undefined): T {
    const value = text(name);
    if (value === undefined) return fallback;
    const found = read(value);
    if (found !== undefined) return found;
    faults.push(`${name} ${rule}.`);
    return fallback;
  }

  return {
    faults,
    text,
    checked,
    wholeNumber: (name: string, fallback: number, min: number, max: number): number =>
      checked(name, fallback, `must be a whole number from ${String(min)} to ${String(max)}`, (value) => {
        const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
        return number >= min && number <= max ? number : undefined;
      }),
    oneOf: <const T extends readonly string[]>(name: string, fallback: T[number], values: T): T[number] =>
      checked<T[number]>(name, fallback, `must be one of ${values.join(', ')}`, (value) =>
        values.find((one) => one === value),
      ),
    matching: <F extends string | undefined>(name: string, fallback: F, pattern: RegExp, rule: string): string | F =>
      checked<string | F>(name, fallback, rule, (value) => (pattern.test(value) ? value : undefined)),
    url: (name: string, protocols: string[], example: string): URL | undefined =>
      checked<URL | undefined>(name, undefined, `must be an address like ${example}`, (value) => {
        const url = URL.canParse(value) ? new URL(value) : undefined;
        return url && protocols.includes(url.protocol) && url.hostname !== '' ? url : undefined;
      }),
    /** Several values, comma-separated: the first is used, the others are still accepted. Never shown. */
    secrets: (name: string, demanded: boolean): string[] => {
      const values = (text(name) ?? '').split(',').flatMap((value) => value.trim() || []);
      if (values.length === 0 && demanded) {
        faults.push(
          `${name} is missing: in production it must be set, to at least ${String(SECRET_BYTES)} random bytes.`,
        );
      }
      if (values.some((value) => bytes(value) < SECRET_BYTES)) {
        faults.push(`${name} is too short: each value must have at least ${String(SECRET_BYTES)} bytes.`);
      }
      return values;
    },
  };
}

type Reader = ReturnType<typeof createReader>;

function readPublicUrl(read: Reader): URL | undefined {
  const url = read.url('PUBLIC_URL', ['http:', 'https:'], 'https://students.college.edu');
  if (url && (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '')) {
    read.faults.push('PUBLIC_URL must be only the address of the host, without a path.');
  }
  return url;
}

const readTimeZone = (read: Reader): string =>
  read.checked('TIME_ZONE', 'UTC', 'must be an IANA name like Europe/Berlin', (value) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: value });
      return value;
    } catch {
      return undefined;
    }
  });

// The same rule as for every password (users/user.ts), told before anything is started.
const readAdminPassword = (read: Reader): string | undefined =>
  read.checked<string | undefined>('ADMIN_PASSWORD', undefined, 'must have 10 characters to 72 bytes', (value) =>
    Array.from(value).length >= 10 && bytes(value) <= 72 && !value.includes('\0') ? value : undefined,
  );

/** systemd.socket(5): one socket, meant for this very process. */
const readListenFd = (read: Reader, pid: number): number | undefined =>
  read.text('LISTEN_FDS') === '1' && read.text('LISTEN_PID') === String(pid) ? 3 : undefined;

// Both src/platform and dist/platform lie two folders below package.json.
const fileAtRoot = (name: string): string | undefined => {
  try {
    return readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8').trim();
  } catch {
    return undefined;
  }
};

const packageVersion = (): string =>
  (JSON.parse(fileAtRoot('package.json') ?? '{}') as { version?: string }).version ?? '0.0.0';

/** Reads and checks all variables; throws ConfigError with every fault. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const read = createReader(env);
  const mode = read.oneOf('NODE_ENV', 'development', ENVIRONMENTS);
  const production = mode === 'production';
  const publicUrl = readPublicUrl(read);
  const dynamoEndpoint = read.url('DYNAMODB_ENDPOINT', ['http:', 'https:'], 'http://127.0.0.1:8000');
  const secure = production && publicUrl?.protocol !== 'http:';
  const config: Config = {
    env: mode,
    port: read.wholeNumber('PORT', 5000, 0, 65_535),
    host: read.matching('HOST', '127.0.0.1', /^[\w.:-]+$/, 'must be a host name or an IP address'),
    listenFd: readListenFd(read, process.pid),
    publicUrl,
    trustProxy: read.wholeNumber('TRUST_PROXY', production ? 1 : 0, 0, 10),
    timeZone: readTimeZone(read),
    collegeName: read.matching(
      'COLLEGE_NAME',
      'StudentCore College',
      /^.{1,200}$/u,
      'must have at most 200 characters',
    ),
    region: read.matching('AWS_REGION', 'us-east-1', /^[a-z]{2}(-[a-z]+)+-\d+$/, 'must be a region like us-east-1'),
    tablePrefix: read.matching(
      'TABLE_PREFIX',
      'studentcore-',
      /^[\w.-]{1,200}$/,
      'must consist of letters, digits, dots, dashes and underscores',
    ),
    dynamoEndpoint: dynamoEndpoint?.href.replace(/\/$/, ''),
    embedded: !production && read.text('DYNAMODB_ENDPOINT') === undefined,
    dataDir: resolve(read.text('DATA_DIR') ?? 'data'),
    sessionSecrets: read.secrets('SESSION_SECRET', production),
    trailKeys: read.secrets('TRAIL_KEY', production),
    bcryptCost: read.wholeNumber('BCRYPT_COST', 12, 10, 16),
    admin: {
      username: read.matching('ADMIN_USERNAME', 'admin', /^.{1,64}$/u, 'must have at most 64 characters'),
      password: readAdminPassword(read),
    },
    retain: {
      accessDays: read.wholeNumber('RETAIN_ACCESS_DAYS', 730, 1, 36_500),
      studentYears: read.wholeNumber('RETAIN_STUDENT_YEARS', 10, 1, 100),
    },
    redisUrl: read.url('REDIS_URL', ['redis:', 'rediss:'], 'redis://127.0.0.1:6379')?.href,
    logLevel: read.oneOf('LOG_LEVEL', 'info', LOG_LEVELS),
    // A __Host- cookie without Secure is dropped by browsers, so plain http has a name of its own.
    cookie: { name: secure ? '__Host-studentcore.sid' : 'studentcore.sid', secure },
    version: packageVersion(),
    buildId: read.text('BUILD_ID') ?? (fileAtRoot('BUILD_ID') || 'dev'),
  };
  if (read.faults.length > 0) throw new ConfigError(read.faults);
  return config;
}

/** The password of the demo logins; read by the seed only. */
export const seedPassword = (env: NodeJS.ProcessEnv = process.env): string =>
  env['SEED_PASSWORD']?.trim() || 'studentcore-demo';

/** A dynoxide program to use in place of the installed package, DYNOXIDE_BIN. */
export const engineProgram = (env: NodeJS.ProcessEnv = process.env): string | undefined => env['DYNOXIDE_BIN'];

/** The SDK prints a warning about Node 20 with the first client, which is not the reader's problem. */
export const silenceSdk = (env: NodeJS.ProcessEnv = process.env): void => {
  env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
};

/** Whether this is production, for commands that refuse there before they ask for anything else. */
export const inProduction = (env: NodeJS.ProcessEnv = process.env): boolean => env['NODE_ENV']?.trim() === 'production';
