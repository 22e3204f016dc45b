// Can every page be walked by keyboard with the focus always in sight, wide and on a phone?
import { lostFocus } from './focus.mjs';
import { LOOKS } from './inspect.mjs';
import { inTabs, openPage, tellFound } from './windows.mjs';

export const title = 'Every page by keyboard, Tab by Tab, wide and phone: is the focus seen?';
export const columns = [{ name: 'focus', below: 1 }];

export async function measure(house) {
  const rows = [];
  await inTabs(house, house.pages, async (page, { name, path }) => {
    const found = [];
    for (const { look, viewport } of [LOOKS[0], LOOKS[3]]) {
      await page.setViewportSize(viewport);
      await openPage(page, path);
      found.push(...(await lostFocus(page)).map((one) => `${look}: ${one}`));
    }
    rows.push({ page: name, focus: tellFound(name, found) });
  });
  return rows;
}
