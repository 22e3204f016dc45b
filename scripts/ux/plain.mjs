// Does it work without JavaScript: every page, and the three things people do all day, finding, filling in, marking?
export const title = 'Every page, a list, a form and a sheet without JavaScript';
export const columns = [{ name: 'without JS', is: 'works' }];

const OFF = { javaScriptEnabled: false, viewport: { width: 1280, height: 900 } };
const WAIT_MS = 10_000;

function demand(holds, sentence) {
  if (!holds) throw new Error(sentence);
}

async function stands({ page }, { path, status }) {
  const answer = await page.goto(path);
  demand(answer.status() === status, `answered ${answer.status()}`);
  demand((await page.locator('h1').count()) === 1, 'has no heading');
  demand((await page.locator('main').innerText()).trim().length > 20, 'shows next to nothing');
}

async function findInList({ page }) {
  await page.goto('/students');
  await page.getByRole('link', { name: 'Next' }).click();
  demand(/[?&]page=2/.test(page.url()), 'the list does not page');
  await page.getByRole('columnheader', { name: 'Name' }).getByRole('link').click();
  demand(/[?&]sort=full_name/.test(page.url()), 'the list does not sort');
  await page.getByLabel('Search').fill('nobody-has-this-name');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.getByRole('link', { name: 'Show all students' }).click();
  demand((await page.locator('tbody tr').count()) > 10, 'the way back shows no students');
}

async function fillInForm({ page }) {
  await page.goto('/students/new');
  await page.getByLabel('Full name').fill('Ux Plain');
  await page.getByLabel('Programme').fill('BSc Computer Science');
  await page.getByRole('button', { name: 'Add student' }).click();
  demand((await page.locator('#f-student_code[aria-invalid=true]').count()) === 1, 'what is wrong is not said');
  demand((await page.getByLabel('Full name').inputValue()) === 'Ux Plain', 'what was typed is lost');
  await page.getByLabel('Student code').fill('UX-PLAIN');
  await page.getByRole('button', { name: 'Add student' }).click();
  await page.getByRole('heading', { name: 'Ux Plain', level: 1 }).waitFor();
}

async function markSheet({ page }, path) {
  await page.goto(path);
  const row = page.locator('tr[data-student-id]').first();
  await row.locator('label', { hasText: 'Absent' }).click();
  await page.getByRole('button', { name: /^Save/ }).click();
  await page.goto(path);
  demand(await row.getByLabel('Absent').isChecked(), 'the mark was not saved');
}

async function attempt(window, work) {
  window.page.setDefaultTimeout(WAIT_MS);
  try {
    await work(window);
    return 'works';
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] : String(error);
  } finally {
    await window.close();
  }
}

export async function measure(house) {
  const rows = [];
  const row = async (page, who, work) =>
    rows.push({ page, 'without JS': await attempt(await house.enter(who, OFF), work) });
  for (const page of house.pages) await row(page.name, page.who, (window) => stands(window, page));
  const sheet = house.pages.find(({ path }) => /\/courses\/[^/]+\/attendance\//.test(path));
  await row('admin: search, sort and page a list', 'admin', findInList);
  await row('admin: a form, first refused', 'admin', fillInForm);
  await row('faculty01: save a sheet', sheet.who, (window) => markSheet(window, sheet.path));
  return rows;
}
