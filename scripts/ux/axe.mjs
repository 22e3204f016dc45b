// Does axe find anything, of any level, on any page or state, light or dark, wide or on a phone?
import { axeFindings, dress, LOOKS } from './inspect.mjs';
import { statesOf } from './states.mjs';
import { inTabs, openPage, tellFound } from './windows.mjs';

export const title = 'axe at every level on every page and state, light and dark, wide and phone';
export const columns = [{ name: 'axe', below: 1 }];

async function findingsInAllLooks(page) {
  const found = [];
  for (const look of LOOKS) {
    await dress(page, look);
    found.push(...(await axeFindings(page, look.rules)).map((one) => `${look.look}: ${one}`));
  }
  return found;
}

export async function measure(house) {
  const rows = [];
  const look = async (page, { name, path, reach }, other) => {
    await (path ? openPage(page, path) : reach(page, other));
    rows.push({ page: name, axe: tellFound(name, await findingsInAllLooks(page)) });
  };
  await inTabs(house, house.pages, look);
  const other = await house.enter('admin');
  try {
    await inTabs(house, statesOf(house.places), async (page, state) => {
      const { viewport, colorScheme } = LOOKS[0];
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      try {
        await look(page, state, other);
      } catch (error) {
        // A state that is no longer there is no reason to leave out the others.
        tellFound(state.name, [
          `not reached: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
        ]);
        rows.push({ page: state.name, axe: 'not reached' });
      }
    });
  } finally {
    await other.close();
  }
  return rows;
}
