// Whose Origin is ours, with and without PUBLIC_URL, behind proxies and for sockets?
import { describe, expect, it } from 'vitest';
import { ownOrigin } from '../../../src/platform/http/origin.ts';

const unset = { publicUrl: undefined, trustProxy: 0 };
const proxied = { publicUrl: undefined, trustProxy: 1 };
const known = { publicUrl: new URL('https://students.college.edu'), trustProxy: 1 };

describe('our own origin', () => {
  it.each([
    ['no Origin at all', { host: 'a.edu' }, unset, true],
    ['the host that was asked', { host: 'a.edu:5000', origin: 'http://a.edu:5000' }, unset, true],
    ['a default port left out', { host: 'a.edu:443', origin: 'https://a.edu' }, unset, true],
    ['another port', { host: 'a.edu:5000', origin: 'http://a.edu:5001' }, unset, false],
    ['another host', { host: 'a.edu', origin: 'https://b.edu' }, unset, false],
    ['a host that begins like ours', { host: 'a.edu', origin: 'https://a.edu.evil.example' }, unset, false],
    ['an opaque origin', { host: 'a.edu', origin: 'null' }, unset, false],
    ['nonsense', { host: 'a.edu', origin: 'a.edu' }, unset, false],
    ['another kind of page', { host: 'a.edu', origin: 'chrome-extension://a.edu' }, unset, false],
    ['no Host', { origin: 'http://a.edu' }, unset, false],
    ['a cross-site request without Origin', { host: 'a.edu', 'sec-fetch-site': 'cross-site' }, unset, false],
    ['what a proxy says', { host: 'app:5000', 'x-forwarded-host': 'a.edu', origin: 'https://a.edu' }, proxied, true],
    ['what no proxy says', { host: 'app:5000', 'x-forwarded-host': 'a.edu', origin: 'https://a.edu' }, unset, false],
    ['PUBLIC_URL', { host: 'app:5000', origin: 'https://students.college.edu' }, known, true],
    ['PUBLIC_URL by another scheme', { host: 'x', origin: 'http://students.college.edu' }, known, false],
    ['the host asked, where PUBLIC_URL is another', { host: 'a.edu', origin: 'https://a.edu' }, known, false],
  ])('%s', (_what, headers, settings, ours) => {
    expect(ownOrigin({ headers }, settings)).toBe(ours);
  });
});
