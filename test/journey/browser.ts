// A real browser for the journeys: Debian's chromium, and tabs that remember everything the console complained about.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { axeFindings } from '../../scripts/ux/inspect.mjs';

const PLACES = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where the browser is; undefined where none is installed, then the journeys are skipped. */
export const browserPath = PLACES.find((path) => path !== undefined && existsSync(path));

export const WHY_SKIPPED = 'install chromium (Debian: apt-get install chromium) or set CHROMIUM to its path';

const OPTIONS = {
  ...(browserPath === undefined ? {} : { executablePath: browserPath }),
  // Chromium has no sandbox for root, and little shared memory in a container.
  args: ['--disable-dev-shm-usage', '--disable-gpu', ...(getuid?.() === 0 ? ['--no-sandbox'] : [])],
};

export const launch = (): Promise<Browser> => chromium.launch(OPTIONS);

/** A browser whose profile lies in a folder, so that it can be ended and started again. */
export async function launchProfile(folder: string, url: string, options: BrowserContextOptions = {}) {
  const context = await chromium.launchPersistentContext(folder, {
    ...OPTIONS,
    ...{ baseURL: url, viewport: DESKTOP },
    ...options,
  });
  context.setDefaultTimeout(15_000);
  return context;
}

/** The pages of somebody else's build would not be ours: the browser gets what is in public/build. */
export const isBuilt = existsSync(join(import.meta.dirname, '../../public/build/manifest.json'));

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 375, height: 740 };

export interface Tab {
  page: Page;
  /** Errors of the console, of scripts, and violations of the CSP, since the tab was opened. */
  faults: string[];
  close: () => Promise<void>;
}

/** For journeys that stop requests on their way: behind a service worker that is just taking over, some would pass. */
export const NO_WORKER: BrowserContextOptions = { serviceWorkers: 'block' };

/** A tab in a profile of its own: nobody is signed in. */
export async function openTab(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ baseURL: url, viewport: DESKTOP, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
  return { page, faults, close: () => context.close() };
}

export async function signIn({ page }: Tab, username: string, password: string): Promise<void> {
  await page.goto('/login');
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => url.pathname !== '/login');
}

/**
 * A sheet to type into, opened, and its script at work. What is typed before that counts as well, but a test that cuts
 * the network at once would cut off the script.
 */
export async function openSheet(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.locator('[data-sheet-state]:not(:empty)').waitFor();
}

/**
 * What axe finds, of every level and impact (scripts/ux/inspect.mjs says which rules, and why two are off), with the
 * elements. `rules`: only these, where the others can't have changed since they were asked.
 */
export const hindrances = async (page: Page, rules?: string[]): Promise<string[]> =>
  (await axeFindings(page, rules)).map((one) => `${new URL(page.url()).pathname} ${one}`);
