// What does a device need to work without a network? The app's manifest, the page for when nothing else is there, and the
// page that says what waits to be sent. The pages themselves are kept by the browser: src/browser/worker.
import { Router } from 'express';
import type { Config } from '../platform/config.ts';
import { allow } from '../platform/http/policy.ts';

/** The colours of the top bar and of the ground in styles/tokens.css. */
const BAR = '#0c2f39';
const GROUND = '#f4f7f7';

/** A home screen shows about so many letters. */
const SHORT_NAME = 12;

const icon = (file: string, size: number, purpose: 'any' | 'maskable') => ({
  src: `/icons/${file}`,
  sizes: `${size}x${size}`,
  type: 'image/png',
  purpose,
});

const manifestOf = (name: string) => ({
  id: '/',
  name,
  short_name: name.length <= SHORT_NAME ? name : 'StudentCore',
  description: 'Registers, results and records of a college.',
  lang: 'en',
  start_url: '/',
  scope: '/',
  display: 'standalone',
  theme_color: BAR,
  background_color: GROUND,
  icons: [
    icon('icon-192.png', 192, 'any'),
    icon('icon-512.png', 512, 'any'),
    icon('icon-maskable-512.png', 512, 'maskable'),
  ],
});

/** For everybody, signed in or not: it says nothing about anybody. */
export function offlineRoutes({ collegeName }: Pick<Config, 'collegeName'>): Router {
  const router = Router();
  const manifest = JSON.stringify(manifestOf(collegeName));

  router.get('/manifest.webmanifest', (_req, res) => {
    res.set('Cache-Control', 'no-cache').type('application/manifest+json').send(manifest);
  });

  router.get('/offline', (_req, res) => {
    // Kept by browsers for whoever comes: it must be the same for everybody.
    res.page('offline/offline', { title: 'No connection', actor: null, csrf: '', flash: null });
  });

  return router;
}

/** For the staff: students send nothing that could wait. */
export function waitingRoutes(): Router {
  const router = Router();
  router.get('/waiting', allow('admin', 'faculty'), (_req, res) => {
    res.page('offline/waiting', { title: 'Waiting on this device', keep: true });
  });
  return router;
}
