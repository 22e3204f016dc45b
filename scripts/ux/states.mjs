// Which states can a page be in that are not there when it opens? Menus, notes, refused forms, conflicts, error pages;
// those of a sheet are in sheet-states.mjs.
// `{ name, who, reach(page, other) }`: leads a window there; `other` is an administrator elsewhere who changes things.
import { LOOKS } from './inspect.mjs';
import { sheetStatesOf } from './sheet-states.mjs';
import { inTabs } from './windows.mjs';

const click = (page, name) => page.getByRole('button', { name }).first().click();

/** A form that is larger than the server takes. */
async function sendTooMuch(page) {
  await page.goto('/students/new');
  await page.evaluate(() => {
    const { document } = globalThis;
    document.querySelector('#f-full_name').removeAttribute('maxlength');
    document.querySelector('#f-full_name').value = 'x'.repeat(3_000_000);
  });
  await click(page, 'Add student');
  await page.waitForLoadState('load');
}

/** What was typed loses against what somebody else saved meanwhile. */
async function loseRace(page, other, { path, api, change, field, value, button = 'Save' }) {
  await page.goto(path);
  const { version } = await other.get(api);
  await other.send('PATCH', api, change, { 'if-match': `"${version}"` });
  await page.locator(field).fill(value);
  await click(page, button);
  await page.locator('[data-error-summary]').first().waitFor();
}

/** All states, with ids of the college at hand; `places` comes from placesOf(). */
export function statesOf(places) {
  const { student_id, course_id, teacher_id, today, foreign_course } = places;
  const student = `/students/${student_id}`;
  const course = `/courses/${course_id}`;
  const at = (name, who, reach) => ({ name: `${who ?? 'signed out'}: ${name}`, who, reach });
  const menu = async (page) => {
    await page.goto('/');
    await page.locator('.account-menu summary').click();
  };
  return [
    at('a wrong password', undefined, async (page) => {
      await page.goto('/login');
      await page.getByLabel('User name').fill('nobody');
      await page.locator('#f-password').fill('not the password');
      await click(page, 'Sign in');
      await page.locator('#sign-in-problem').waitFor();
    }),
    at('the account menu', 'admin', menu),
    at('the account menu of a student', 'student01', menu),
    at('the numbers of all charts', 'admin', async (page) => {
      await page.goto('/');
      for (const summary of await page.locator('.chart-numbers summary').all()) await summary.click();
    }),
    at('a note of what somebody did', 'admin', async (page, other) => {
      await page.goto('/students');
      await page.waitForLoadState('networkidle');
      const { version, phone } = await other.get(`/api${student}`);
      await other.send('PATCH', `/api${student}`, { phone: phone === '1' ? '2' : '1' }, { 'if-match': `"${version}"` });
      await page.locator('.note button').first().focus();
    }),
    at('a lost connection', 'admin', async (page) => {
      await page.goto('/students');
      await page.waitForLoadState('networkidle');
      await page.context().setOffline(true);
      await page.locator('#connection:not(:empty)').waitFor({ timeout: 40_000 });
      await page.context().setOffline(false);
    }),
    at('a search without a match', 'admin', async (page) => {
      await page.goto('/students');
      await page.waitForLoadState('networkidle');
      await page.getByLabel('Search').fill('nobody-has-this-name');
      await page.locator('.dt-empty').waitFor();
    }),
    at('a filter that makes no sense', 'admin', (page) => page.goto('/attendance?from=yesterday')),
    at('a student nobody knows', 'admin', (page) => page.goto('/results?student=nobody-has-this-name')),
    at('a day without marks', 'admin', (page) => page.goto('/attendance?date=2001-01-01')),
    ...[
      ['student', '/students/new', 'Add student'],
      ['course', '/courses/new', 'Add course'],
      ['user', '/users/new', 'Add user'],
    ].map(([what, path, button]) =>
      at(`a refused ${what}`, 'admin', async (page) => {
        await page.goto(path);
        await click(page, button);
        await page.locator('[data-error-summary]').waitFor();
      }),
    ),
    ...['attendance', 'results'].map((what) =>
      at(`a refused single one of ${what}`, 'faculty01', async (page) => {
        await page.goto(`/${what}/new?course_id=${course_id}`);
        await click(page, 'Save');
        await page.locator('[data-error-summary]').waitFor();
      }),
    ),
    at('a roster without a choice', 'admin', async (page) => {
      await page.goto(`${course}/roster`);
      await click(page, 'Save roster');
      await page.locator('[data-error-summary]').waitFor();
    }),
    at('a student somebody else changed', 'admin', (page, other) =>
      loseRace(page, other, {
        path: `${student}/edit`,
        api: `/api${student}`,
        change: { guardian_name: `Somebody ${Date.now()}` },
        field: '#f-guardian_name',
        value: 'Mine',
      }),
    ),
    at('a course somebody else changed', 'admin', (page, other) =>
      loseRace(page, other, {
        path: `${course}/edit`,
        api: `/api${course}`,
        change: { description: `Something ${Date.now()}` },
        field: '#f-description',
        value: 'Mine',
      }),
    ),
    ...[
      ['student', `${student}/delete`, 'Remove the student'],
      ['course', `${course}/delete`, 'Remove the course'],
      ['user', `/users/${teacher_id}/delete`, 'Remove the login'],
      ['person', `${student}/erasure`, 'Erase the personal data'],
    ].map(([what, path, button]) =>
      at(`a ${what} and the wrong code`, 'admin', async (page) => {
        await page.goto(path);
        await page.locator('#f-code').fill('wrong');
        await click(page, button);
        await page.locator('[data-error-summary]').waitFor();
      }),
    ),
    at('a new password that is too short', 'admin', async (page) => {
      await page.goto('/account');
      await page.locator('#f-current_password').fill('x');
      await page.locator('#f-new_password').fill('y');
      await page
        .locator('main form')
        .first()
        .evaluate((form) => (form.noValidate = true));
      await click(page, 'Change password');
      await page.locator('[data-error-summary]').waitFor();
    }),
    at('a password that must be changed first', undefined, async (page, other) => {
      const username = `newcomer-${Date.now()}`;
      const password = 'a password for the first day';
      const user = { username, password, full_name: 'New Comer', role: 'faculty', must_change_password: true };
      await other.send('POST', '/api/users', user);
      await page.goto('/login');
      await page.getByLabel('User name').fill(username);
      await page.locator('#f-password').fill(password);
      await click(page, 'Sign in');
      await page.locator('#f-new_password').waitFor();
    }),
    at('a saved form', 'admin', async (page) => {
      await page.goto(`${student}/edit`);
      await page.locator('#f-guardian_name').fill(`Saved ${Date.now()}`);
      await click(page, 'Save');
      await page.locator('[data-flash]').waitFor();
    }),
    at('a page that is not theirs', 'faculty01', (page) => page.goto('/users')),
    at('a student who is not there', 'admin', (page) => page.goto('/students/00000000-0000-4000-8000-000000000000')),
    at('a form that is too large', 'admin', (page) => sendTooMuch(page)),
    at('a register that is not theirs', 'faculty01', (page) =>
      page.goto(`/courses/${foreign_course}/attendance/${today}`),
    ),
    at('an exam that is not theirs', 'faculty01', (page) => page.goto(`/courses/${foreign_course}/results/final`)),
    at('the first three calls of the API', 'admin', async (page) => {
      await page.goto('/api/docs');
      for (const summary of (await page.locator('main summary').all()).slice(0, 3)) await summary.click();
    }),
    ...sheetStatesOf(places),
  ];
}

/**
 * Leads a window into each state, in daylight and wide, and calls `work(page, state, lost)`; `lost` says why one was not
 * reached: no reason to leave out the others. `house` knows its `places` and lets people `enter`. Every person goes their
 * own way beside the others: most of the time is waiting for a page to rest.
 */
export async function inStates(house, work) {
  const other = await house.enter('admin');
  const { viewport, colorScheme } = LOOKS[0];
  const look = async (page, state) => {
    await page.context().setOffline(false);
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const lost = await state.reach(page, other).then(
      () => undefined,
      (error) => `not reached: ${String(error.message).split('\n')[0]}`,
    );
    await work(page, state, lost);
  };
  const states = statesOf(house.places);
  const people = [...new Set(states.map(({ who }) => who))];
  const statesFor = (person) => states.filter(({ who }) => who === person);
  try {
    await Promise.all(people.map((person) => inTabs(house, statesFor(person), look)));
  } finally {
    await other.close();
  }
}
