// Which states can a sheet be in? Dialogs, clashes, refused cells, an ended session, no network, and what waits meanwhile.
// As in states.mjs: `{ name, who, reach(page, other) }`. Each has a day or a quiz of its own, so none is in another's way.

const MARK = 'tr[data-student-id]';
const mark = (page, n, status) => page.locator(MARK).nth(n).locator('label', { hasText: status }).click();
const button = (page, name) => page.getByRole('button', { name }).first();

/** Opens a page, once its scripts have done what they do. */
async function open(page, path) {
  await page.goto(path, { waitUntil: 'load' });
  await page.waitForLoadState('networkidle');
}

const studentsOf = async (page) =>
  await page.locator(MARK).evaluateAll((rows) => rows.map((row) => row.dataset.studentId));

/** The register of a course that the worker has: which day is today may change while states are walked through. */
async function keptRegister(course) {
  const { caches } = globalThis;
  const names = (await caches.keys()).filter((name) => name.includes('pages'));
  const kept = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  const paths = kept.flat().map(({ url }) => new URL(url).pathname);
  return paths.find((path) => path.startsWith(`${course}/attendance/`));
}

/** Both mark the first two students, one of them without a network. `before` stands there then, however often this is done. */
async function clash(page, other, path, field, { before, mine, theirs }) {
  await open(page, path);
  const [first, second] = await studentsOf(page);
  const put = (value) =>
    other.put(`/api${path}`, { entries: [first, second].map((student_id) => ({ student_id, [field]: value })) });
  // A clash that an earlier walk left open ends when its old value is back, and its mark is saved; the second time is it.
  for (let times = 0; times < 2; times += 1) {
    await put(before);
    await open(page, path);
  }
  await page.context().setOffline(true);
  await mine();
  await put(theirs);
  await page.context().setOffline(false);
  await page.locator('.clash').first().waitFor({ timeout: 30_000 });
}

/** `places` comes from placesOf(). */
export function sheetStatesOf({ course_id }) {
  const course = `/courses/${course_id}`;
  const register = (day) => `${course}/attendance/2026-02-${String(day).padStart(2, '0')}`;
  const quiz = (number) => `${course}/results/quiz?number=${number}`;
  /** Opens the home page, waits for the register that is kept with it, and cuts the network; its path. */
  const offline = async (page) => {
    await open(page, '/');
    const kept = await page.waitForFunction(keptRegister, course, { timeout: 30_000 });
    await page.context().setOffline(true);
    return await kept.jsonValue();
  };
  const at = (name, reach) => ({ name: `faculty01: ${name}`, who: 'faculty01', reach });
  const paste = async (page, path, text) => {
    await open(page, path);
    await button(page, 'Paste marks…').click();
    await page.locator('#paste-text').fill(text);
  };
  return [
    at('a register, one mark changed', async (page) => {
      await open(page, register(2));
      await mark(page, 0, 'Absent');
    }),
    at('a register, all marked at once', async (page) => {
      await open(page, register(3));
      await button(page, 'All present').click();
      await button(page, 'Undo').waitFor();
    }),
    at('the keys of a sheet', async (page) => {
      await open(page, register(4));
      await page.locator(`${MARK} input[type=radio]`).first().focus();
      await page.keyboard.press('?');
      await page.getByRole('heading', { name: 'Keys in the list' }).waitFor();
    }),
    at('nobody found on a sheet', async (page) => {
      await open(page, register(4));
      await page.locator(`${MARK} input[type=radio]`).first().focus();
      await page.keyboard.press('/');
      await page.keyboard.type('nobody at all');
      await page.getByText('Nobody on this sheet').waitFor();
    }),
    at('a pasted column of marks', async (page) => {
      await paste(page, register(5), 'P\nA\nL\nwhatever\n\nP');
      await page.locator('.paste-preview tr').nth(4).waitFor();
    }),
    at('a pasted table of results', async (page) => {
      await paste(page, quiz(11), 'Code\tMarks\nnobody\t30\nS0001\t300');
      await page.locator('.paste-preview tr').nth(2).waitFor();
    }),
    at('an exam without results yet', (page) => open(page, quiz(12))),
    at('results that can not be', async (page) => {
      await open(page, quiz(13));
      for (const [n, text] of ['101', 'abc'].entries()) await page.locator('[name^="marks."]').nth(n).fill(text);
      await page.locator('[name^="marks."]').nth(2).focus();
      await page.locator('[aria-invalid=true]').nth(1).waitFor();
    }),
    at('a new maximum that waits for Save', async (page, other) => {
      await open(page, quiz(14));
      const [student_id] = await studentsOf(page);
      await other.put(`/api${quiz(14)}`, { entries: [{ student_id, marks: 40 }] });
      await open(page, quiz(14));
      await page.getByLabel('Maximum marks').fill('50');
      await page.getByLabel('Maximum marks').press('Tab');
    }),
    at('posted results, changed without a reason', async (page, other) => {
      await open(page, quiz(15));
      const [student_id] = await studentsOf(page);
      await other.put(`/api${quiz(15)}`, { entries: [{ student_id, marks: 40 }] });
      await other.send('POST', `/api${course}/results/quiz/posted?number=15`, { posted: true });
      await open(page, quiz(15));
      await page.locator('[name^="marks."]').first().fill('45');
      await button(page, /^Save/).click();
      await page.locator('[data-reason-fault]:not(:empty)').waitFor();
    }),
    at('a colleague on the same sheet', async (page, other) => {
      await open(page, register(6));
      await open(other.page, register(6));
      await other.page.locator(`${MARK} input[type=radio]`).first().focus();
      await page.locator('#presence:not(:empty)').waitFor();
    }),
    at('a clash of marks', (page, other) =>
      clash(page, other, register(9), 'status', {
        before: 'Late',
        mine: () => mark(page, 0, 'Absent'),
        theirs: 'Present',
      }),
    ),
    at('a clash of results', (page, other) =>
      clash(page, other, quiz(16), 'marks', {
        before: 10,
        mine: () => page.locator('[name^="marks."]').first().fill('35'),
        theirs: 20,
      }),
    ),
    at('a page that was kept, without a network', async (page) => {
      await page.goto(await offline(page));
      await mark(page, 1, 'Late');
      await page.locator('#waiting a').waitFor({ timeout: 30_000 });
    }),
    at('marks that wait, without a network', async (page) => {
      await page.goto(await offline(page));
      await mark(page, 2, 'Late');
      await page.locator('#waiting a').click();
      await page.locator('tbody tr').first().waitFor();
    }),
    at('a page that was not kept, without a network', async (page) => {
      await open(page, '/');
      await page.context().setOffline(true);
      await page.goto('/account');
    }),
    at('a session that ended on a sheet', async (page) => {
      const context = page.context();
      await open(page, register(10));
      const cookies = await context.cookies();
      await context.clearCookies();
      await mark(page, 0, 'Late');
      await page.getByRole('dialog', { name: 'Sign in to go on' }).waitFor();
      // The dialog stays; whoever opens the next page is signed in.
      await context.addCookies(cookies);
    }),
  ];
}
