// Can everybody use what is not there when a page opens? Menus, dialogs, refusals, clashes, no network: axe in each of them.
// The states are those of `npm run ux`, which looks at them in the dark, on a phone and at 320 px too.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enter } from '../../scripts/demo-college.mjs';
import { brokenWords } from '../../scripts/ux/inspect.mjs';
import { inStates } from '../../scripts/ux/states.mjs';
import type { Places } from '../../scripts/ux/states.mjs';
import { PASSWORD, startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { browserPath, hindrances, isBuilt, launch } from './browser.ts';
import { addClass } from './offline.ts';

describe.skipIf(browserPath === undefined)('every state of a page', { timeout: 300_000 }, () => {
  let app: TestApp;
  let browser: Browser;
  let places: Places;

  beforeAll(async () => {
    expect(isBuilt, 'the pages need public/build: npm run build').toBe(true);
    app = await startTestApp();
    const { user: teacher } = await app.faculty({ username: 'faculty01', full_name: 'Ada Byron' });
    const { user: colleague } = await app.faculty();
    const { course, students } = await addClass(app, teacher, 'CS101-26B', 4);
    const { course: foreign } = await addClass(app, colleague, 'CS102-26B');
    const { student_id } = students[0]!;
    await app.student({ username: 'student01', student_id });
    places = {
      ...{ student_id, course_id: course.course_id, foreign_course: foreign.course_id },
      ...{ teacher_id: teacher.user_id, today: app.today() },
    };
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  it('hinders nobody', async () => {
    const found: string[] = [];
    const seen: string[] = [];
    const house = {
      places,
      enter: (who?: string, options = {}) => enter(browser, app.url, who, { ...options, password: PASSWORD }),
    };
    await inStates(house, async (page, { name }, lost) => {
      seen.push(name);
      const wrong = lost === undefined ? [...(await hindrances(page)), ...(await brokenWords(page))] : [lost];
      found.push(...wrong.map((one) => `${name}: ${one}`));
    });
    expect(found).toEqual([]);
    expect(seen.length).toBeGreaterThan(45);
  });
});
