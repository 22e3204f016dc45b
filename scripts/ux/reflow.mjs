// Does every page fit 320 px and 200 % zoom, with long names too, and keep its text when somebody spaces it out?
import { brokenWords, clippedWhenSpaced, dumbFrames, sideways, smallTargets } from './inspect.mjs';
import { longPages } from './long.mjs';
import { inStates } from './states.mjs';
import { inTabs, openPage, tellFound } from './windows.mjs';

export const title =
  'Every page and state at 320 px, at 200 % zoom, with spaced text, and what is pressed large enough';
export const columns = [
  { name: '320 px', below: 1 },
  { name: '200 %', below: 1 },
  { name: 'spaced', below: 1 },
  { name: 'targets', below: 1 },
];

/** 1280 px wide at 200 % are 640; at 400 % they are 320. */
const NARROW = { width: 320, height: 640 };
const ZOOMED = { width: 640, height: 450 };
/** Spaced text is looked at as people have it: on a phone, not at 400 % as well. */
const PHONE = { width: 390, height: 844 };

/** The figures of the page as it stands. */
async function look(page, name) {
  const row = { page: name };
  const tell = (column, found) => (row[column] = tellFound(`${name}, ${column}`, found));
  await page.setViewportSize(NARROW);
  tell('320 px', [...(await sideways(page)), ...(await dumbFrames(page)), ...(await brokenWords(page))]);
  tell('targets', await smallTargets(page));
  await page.setViewportSize(PHONE);
  tell('spaced', await clippedWhenSpaced(page));
  await page.setViewportSize(ZOOMED);
  tell('200 %', [...(await sideways(page)), ...(await brokenWords(page))]);
  return row;
}

export async function measure(house) {
  const pages = [...house.pages, ...(await longPages(house))];
  const ofPages = [];
  const ofStates = [];
  // Nothing here is timed, so both cores may look.
  await Promise.all([
    inTabs(house, pages, async (page, { name, path }) => {
      await page.setViewportSize(NARROW);
      await openPage(page, path);
      ofPages.push(await look(page, name));
    }),
    inStates(house, async (page, { name }, lost) => {
      if (lost) tellFound(name, [lost]);
      ofStates.push(lost ? { page: name, '320 px': 'not reached' } : await look(page, name));
    }),
  ]);
  return [...ofPages, ...ofStates];
}
