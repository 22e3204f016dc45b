// Who answers at the emulated address? A stand-in for nginx with a certificate of its own, so that deploy.sh's last question
// (does this build answer through TLS?) is really asked.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { run } from './tools.mjs';

/** Serves /healthz with this version on port 443 of a loopback address; undefined when this machine does not let it. */
export async function startFront(folder, address, version) {
  const [key, cert] = [join(folder, 'front.key'), join(folder, 'front.pem')];
  const made = await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=rehearsal'],
    ...['-addext', `subjectAltName=IP:${address}`, '-keyout', key, '-out', cert],
  ]);
  if (made.code !== 0) throw new Error(`openssl failed: ${made.stderr}`);
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ status: 'ok', version, uptime_s: 1 }));
  });
  const listening = await new Promise((done) => {
    server.on('error', () => done(false));
    server.listen(443, address, () => done(true));
  });
  if (!listening) return undefined;
  return { cert, stop: () => new Promise((done) => server.close(done)) };
}
