// What do the tests use of the windows that people are signed in to?
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

export interface Window {
  context: BrowserContext;
  page: Page;
  close: () => Promise<void>;
}
type Options = BrowserContextOptions & { password?: string };
export type Enter = (username?: string, options?: Options) => Promise<Window>;
export function enter(browser: Browser, url: string, username?: string, options?: Options): Promise<Window>;
