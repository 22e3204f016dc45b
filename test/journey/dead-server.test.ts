// The server is killed while somebody marks: what does the page say, and is everything there once the server is back?
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/app.ts';
import { freePort, startAppProcess } from '../support/app-process.ts';
import type { AppProcess } from '../support/app-process.ts';
import { createBrowser } from '../support/browser.ts';
import { browserPath, isBuilt, launch, openTab } from './browser.ts';

describe.skipIf(browserPath === undefined)('a sheet whose server dies', { timeout: 180_000 }, () => {
  let dataDir: string;
  let port: number;
  let server: AppProcess;
  let browser: Browser;

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    dataDir = await mkdtemp(join(tmpdir(), 'dead-server-'));
    port = await freePort();
    [server, browser] = await Promise.all([startAppProcess(port, dataDir), launch()]);
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    server.child.kill('SIGKILL');
    await server.ended;
    await rm(dataDir, { recursive: true, force: true });
  });

  it('says what is saved and what waits, and saves by itself when the server is back', async () => {
    const url = `http://127.0.0.1:${String(port)}`;
    const office = createBrowser(url);
    await office.signIn('admin', PASSWORD);
    // The first password has to be changed before anything else.
    const changed = await office.post('/account', {
      ...{ current_password: PASSWORD, new_password: `${PASSWORD} two`, confirm_password: `${PASSWORD} two` },
    });
    expect(changed.status).toBeLessThan(400);
    await office.signIn('admin', `${PASSWORD} two`);
    const course = await office.api('POST', '/api/courses', { course_code: 'D1', course_name: 'Dead', credits: 1 });
    const { course_id } = course.json as { course_id: string };
    const add = [];
    for (const full_name of ['Layla Haddad', 'Tom Hill', 'Wen Li']) {
      const body = { student_code: full_name.slice(0, 3), full_name, program: 'BSc' };
      add.push((await office.api('POST', '/api/students', body)).json.student_id as string);
    }
    await office.api('PUT', `/api/courses/${course_id}/roster`, { add });

    const tab = await openTab(browser, url);
    const { page } = tab;
    await page.context().addCookies([...office.cookies].map(([name, value]) => ({ name, value, url })));
    await page.goto(`/courses/${course_id}/attendance/2026-03-02`);
    const row = (who: string) => page.locator('#sheet tr', { hasText: who });
    const mark = (who: string, status: string) => row(who).getByText(status, { exact: true }).click();
    const said = () => page.locator('[data-sheet-state]').textContent();
    await mark('Layla Haddad', 'Present');
    await expect.poll(said).toMatch(/^All saved/);

    server.child.kill('SIGKILL');
    await server.ended;
    await mark('Tom Hill', 'Late');
    await mark('Wen Li', 'Absent');
    await expect.poll(said).toContain('2 rows wait: the server does not answer.');
    expect(await row('Layla Haddad').getAttribute('data-state')).toBe('saved');
    expect(await row('Tom Hill').getAttribute('data-state')).toBe('waiting');

    server = await startAppProcess(port, dataDir);
    // Nobody touches anything: it goes out by itself.
    await expect.poll(said, { timeout: 60_000 }).toMatch(/^All saved/);
    const { json } = await office.api('GET', `/api/courses/${course_id}/attendance/2026-03-02`);
    const statuses = (json.entries as { student_name: string; status: string }[])
      .map((entry) => `${entry.student_name} ${entry.status}`)
      .sort();
    expect(statuses).toEqual(['Layla Haddad Present', 'Tom Hill Late', 'Wen Li Absent']);
    await tab.close();
  });
});
