// Does a page keep quiet while the college is busy? What screen readers are told of, counted while many changes arrive.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { browserPath, isBuilt, launch, openTab, signIn } from './browser.ts';
import type { Tab } from './browser.ts';

const CHANGES = 24;
const EVERY_MS = 250;
/** Six seconds of changes, and the pause after the first sentence: two sentences, and one more where time is short. */
const MOST_SAID = 3;

describe.skipIf(browserPath === undefined)('a busy college', { timeout: 120_000 }, () => {
  let app: TestApp;
  let browser: Browser;
  let tab: Tab;

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp();
    browser = await launch();
    tab = await openTab(browser, app.url);
    await signIn(tab, 'admin', PASSWORD);
  });
  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  /** Notes from now on what any live region of the page says. */
  const listen = () =>
    tab.page.evaluate(() => {
      const said: string[] = [];
      Object.assign(window, { said });
      const isSpoken = (node: Node): boolean => {
        const element = node instanceof Element ? node : node.parentElement;
        const region = element?.closest('[aria-live], [role="status"], [role="alert"], [role="log"], output');
        return region !== null && region !== undefined && region.getAttribute('aria-live') !== 'off';
      };
      new MutationObserver((changes) => {
        for (const { target, addedNodes } of changes)
          if (isSpoken(target) || [...addedNodes].some(isSpoken)) said.push(target.textContent ?? '');
      }).observe(document.body, { childList: true, characterData: true, subtree: true });
    });
  const said = () => tab.page.evaluate(() => (window as unknown as { said: string[] }).said);

  it.each(['/', '/students'])('is told in few sentences on %s', async (path) => {
    await tab.page.goto(path);
    await tab.page.waitForLoadState('networkidle');
    await listen();
    for (let n = 0; n < CHANGES; n += 1) {
      await app.addStudent({ full_name: `Busy ${String(n)}` });
      await tab.page.waitForTimeout(EVERY_MS);
    }
    await expect.poll(said).not.toEqual([]);
    await tab.page.waitForTimeout(7_000);
    const sentences = await said();
    expect(sentences.length, sentences.join('\n')).toBeLessThanOrEqual(MOST_SAID);
    // The last one may have come alone.
    expect(sentences.join('\n')).toContain('more change');
    expect(tab.faults).toEqual([]);
  });

  it('answers a search at once, and counts it among nobody’s changes', async () => {
    await tab.page.goto('/students');
    await tab.page.waitForLoadState('networkidle');
    // Something is being said, and more waits.
    await app.addStudent({ full_name: 'First Other' });
    const others = tab.page.locator('[data-announce]');
    await expect.poll(() => others.textContent(), { timeout: 10_000 }).toContain('First Other');
    await app.addStudent({ full_name: 'Second Other' });
    await tab.page.getByLabel('Search').fill('Second');
    const answer = tab.page.locator('[data-answer]');
    await expect.poll(() => answer.textContent(), { timeout: 4_000 }).toBe('Shown: 1–1 of 1');
    await expect.poll(() => others.textContent(), { timeout: 15_000 }).toContain('Second Other');
    expect(await others.textContent()).not.toContain('more change');
  });
});
