import { describe, expect, it } from 'vitest';
import { deployFiles, read, readUnit } from './files.ts';

const { Unit, Service, Install } = readUnit('studentcore.service');
const { Socket } = readUnit('studentcore.socket');
const address = Socket?.['ListenStream']?.[0];

describe('studentcore.service', () => {
  it('runs the release as its own user, with settings from a file', () => {
    expect(Service).toMatchObject({
      User: ['studentcore'],
      EnvironmentFile: ['/etc/studentcore/studentcore.env'],
      WorkingDirectory: ['-/opt/studentcore/current'],
      ExecStart: ['/usr/bin/node-24 --expose-gc --max-semi-space-size=16 dist/server.js'],
    });
    expect(read('scripts/deploy/common.sh')).toContain(
      '\nENV_FILE=/etc/studentcore/studentcore.env\nNODE=/usr/bin/node-24\n',
    );
  });

  it('comes back after every failure and at every boot', () => {
    expect(Service).toMatchObject({ Restart: ['on-failure'] });
    expect(Unit).toMatchObject({
      StartLimitIntervalSec: ['0'],
      Wants: ['studentcore.socket', 'network-online.target'],
    });
    expect(Socket?.['TriggerLimitIntervalSec']).toEqual(['0']);
    expect(Install).toEqual({ WantedBy: ['multi-user.target'] });
  });

  it('leaves the app the time it takes to end', () => {
    const longest = Number(/^const END_MS = ([\d_]+);$/m.exec(read('src/server.ts'))?.[1]?.replace('_', ''));
    expect(Number(Service?.['TimeoutStopSec']?.[0]) * 1000).toBeGreaterThan(longest + 3000);
  });

  it('has none of the settings that kill Node', () => {
    expect(Service?.['MemoryDenyWriteExecute']).toBeUndefined();
    const [allowed = '', ...refused] = Service?.['SystemCallFilter'] ?? [];
    expect(allowed.split(' ')).toEqual(['@system-service', '@pkey']);
    expect(refused.join(' ')).not.toMatch(/@pkey|@memlock|@process/);
  });

  it('may write nowhere and gain nothing', () => {
    for (const name of ['NoNewPrivileges', 'PrivateTmp', 'PrivateDevices', 'ProtectHome', 'LockPersonality']) {
      expect(Service?.[name]).toEqual(['yes']);
    }
    expect(Service).toMatchObject({ ProtectSystem: ['strict'], CapabilityBoundingSet: [''], UMask: ['0077'] });
    for (const name of ['ReadWritePaths', 'StateDirectory', 'AmbientCapabilities'])
      expect(Service?.[name]).toBeUndefined();
  });
});

describe('what else is installed', () => {
  it('is every unit of the folder, and no other', () => {
    const common = read('scripts/deploy/common.sh');
    const enabled = /^ENABLED=\(([^)]*)\)$/m.exec(common)?.[1]?.split(' ') ?? [];
    const more = /^UNITS=\("\$\{ENABLED\[@\]\}" ([^)]*)\)$/m.exec(common)?.[1]?.split(' ') ?? [];
    const units = ['.service', '.socket', '.timer'].flatMap((end) => deployFiles(end));
    expect([...enabled, ...more].sort()).toEqual(units.sort());
    // What is enabled says at what, and only that.
    expect(units.filter((name) => readUnit(name)['Install'] !== undefined).sort()).toEqual(enabled.sort());
  });

  it('agrees on one address, on the loopback only', () => {
    expect(address).toBe('127.0.0.1:5000');
    expect(read('scripts/deploy/common.sh')).toContain(`\nADDRESS=http://${String(address)}\n`);
    for (const name of ['plain', 'secure']) {
      expect(read(`scripts/deploy/front/${name}.conf`)).toContain(`proxy_pass http://${String(address)};`);
    }
  });
});

describe('the front', () => {
  it('passes nothing on in plain text but what was chosen or proves the address', () => {
    expect(read('scripts/deploy/front/waiting.conf')).not.toContain('proxy_pass');
    const [, port80 = ''] = read('scripts/deploy/front/secure.conf').split('\nserver {');
    expect(port80).toContain('listen 80 ');
    expect(port80).not.toContain('proxy_pass');
  });

  it('sets what the app believes about a client, and adds to nothing that a client claims', () => {
    const conf = read('scripts/deploy/front/nginx.conf');
    for (const line of [
      'X-Forwarded-For $remote_addr',
      'X-Forwarded-Proto $scheme',
      "X-Forwarded-Host ''",
      "Forwarded ''",
    ]) {
      expect(conf).toContain(`proxy_set_header ${line};`);
    }
    expect(conf).not.toContain('proxy_add_x_forwarded_for');
  });

  it('opens a connection for each request, and takes bodies that the app refuses by itself', () => {
    const conf = read('scripts/deploy/front/nginx.conf');
    expect(conf).toMatch(/map \$http_upgrade \$connection_header \{\s+default upgrade;\s+'' +close;/);
    expect(conf).toContain('client_max_body_size 2m;');
  });
});
