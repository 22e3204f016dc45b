// How long does it take to mark 60 students, from the opened sheet to all of it stored? Presses are counted, and pressed as
// a person would: two keys or taps a second.
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { makeClass } from './classes.mjs';

export const title = 'Marking 60 students, two keys or taps a second';
export const columns = [
  { name: 'presses', below: 75 },
  { name: 'seconds', below: 40 },
];

const SIZE = 60;
const PRESS_MS = 500;
const MOST_MS = 60_000;
const DESK = { viewport: { width: 1280, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/** A class as it comes: most are there, three are late, six are not. */
const statusOf = (n) => (n % 20 === 13 ? 'Late' : n % 10 === 4 ? 'Absent' : 'Present');
const exceptions = Array.from({ length: SIZE }, (_, n) => n).filter((n) => statusOf(n) !== 'Present');

/** Presses in a steady beat; who is held up by the page falls behind, and that counts. */
function createHand() {
  let presses = 0;
  return {
    presses: () => presses,
    press: async (work) => {
      presses += 1;
      const next = wait(PRESS_MS);
      await work();
      await next;
    },
  };
}

async function oneByOneByKey({ page }, { press }) {
  // Skip to the page, skip to the first student without a mark: both links stand first.
  for (const key of ['Tab', 'Enter', 'Tab', 'Enter']) await press(() => page.keyboard.press(key));
  for (let n = 0; n < SIZE; n += 1) await press(() => page.keyboard.press(statusOf(n)[0].toLowerCase()));
}

async function exceptionsByKey({ page }, { press }) {
  const button = page.locator('[data-action="all-present"]');
  await press(() => button.click());
  for (const n of exceptions) {
    // Ctrl and /, three digits of the code, Enter, the letter.
    await press(() => page.keyboard.press('Control+/'));
    for (const digit of String(n + 1).padStart(3, '0')) await press(() => page.keyboard.press(digit));
    await press(() => page.keyboard.press('Enter'));
    await press(() => page.keyboard.press(statusOf(n)[0].toLowerCase()));
  }
}

/** The label of a mark, in sight; a swipe of half a screen is a press too. */
async function tapMark({ page }, { press }, n) {
  const label = page
    .locator('tr[data-student-id]')
    .nth(n)
    .locator(`label[for^="${statusOf(n)}-"]`);
  const isFree = () =>
    label.evaluate((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return element.contains(element.ownerDocument.elementFromPoint(x + width / 2, y + height / 2));
    });
  while (!(await isFree())) await press(() => page.evaluate(() => globalThis.scrollBy(0, globalThis.innerHeight / 2)));
  const { x, y, width, height } = await label.boundingBox();
  await press(() => page.touchscreen.tap(x + width / 2, y + height / 2));
}

async function oneByOneByTap(window, hand) {
  for (let n = 0; n < SIZE; n += 1) await tapMark(window, hand, n);
}

async function exceptionsByTap(window, hand) {
  await hand.press(() => window.page.locator('[data-action="all-present"]').tap());
  for (const n of exceptions) await tapMark(window, hand, n);
}

async function whenStored(window, path) {
  for (const end = Date.now() + MOST_MS; Date.now() < end; await wait(100)) {
    const { entries } = await window.get(path);
    const stored = entries.map(({ status }) => status);
    if (stored.every((status, n) => status === statusOf(n))) return;
  }
  throw new Error('what was marked is not what is stored');
}

export async function measure(house) {
  const { course_id, today } = await makeClass(house, SIZE, 'UX60');
  const rows = [];
  const ways = [
    ['by keys, one by one', DESK, oneByOneByKey],
    ['by keys, all present and nine exceptions', DESK, exceptionsByKey],
    ['by taps on a phone, one by one', PHONE, oneByOneByTap],
    ['by taps on a phone, all present and nine exceptions', PHONE, exceptionsByTap],
  ];
  for (const [n, [name, options, work]] of ways.entries()) {
    const window = await house.enter('admin', options);
    try {
      const sheet = `/courses/${course_id}/attendance/${today}?period=${n + 1}`;
      await window.page.goto(sheet, { waitUntil: 'networkidle' });
      const hand = createHand();
      const from = performance.now();
      await work(window, hand);
      await whenStored(window, `/api${sheet}`);
      const seconds = Math.round((performance.now() - from) / 100) / 10;
      rows.push({ page: `60 students ${name}`, presses: hand.presses(), seconds });
    } finally {
      await window.close();
    }
  }
  return rows;
}
