// Does axe find anything, of any level, on any page or state, light or dark, wide or on a phone?
import { axeFindings, dress, LOOKS } from './inspect.mjs';
import { inStates } from './states.mjs';
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
  const look = async (page, name) => ({ page: name, axe: tellFound(name, await findingsInAllLooks(page)) });
  const ofPages = [];
  const ofStates = [];
  // Nothing here is timed, so both cores may look.
  await Promise.all([
    inTabs(house, house.pages, async (page, { name, path }) => {
      await openPage(page, path);
      ofPages.push(await look(page, name));
    }),
    inStates(house, async (page, { name }, lost) => {
      if (lost) tellFound(name, [lost]);
      ofStates.push(lost ? { page: name, axe: 'not reached' } : await look(page, name));
    }),
  ]);
  return [...ofPages, ...ofStates];
}
