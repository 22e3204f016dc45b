// How does a measurement look at many pages in turn? One window for each person, one tab for each page.

/** Runs `work(page, item, who)` for every item in a fresh tab of its `who`; one sign-in a person. */
export async function inTabs(house, items, work, options) {
  const windows = new Map();
  try {
    for (const item of items) {
      if (!windows.has(item.who)) windows.set(item.who, await house.enter(item.who, options));
      const page = await windows.get(item.who).context.newPage();
      page.setDefaultTimeout(15_000);
      try {
        await work(page, item);
      } finally {
        await page.close();
      }
    }
  } finally {
    await Promise.all([...windows.values()].map(({ close }) => close()));
  }
}

/** Opens a page and waits until scripts have made of it what they do. */
export async function openPage(page, path) {
  await page.goto(path, { waitUntil: 'load' });
  await page.waitForLoadState('networkidle');
}

/** Says under the page's name what was found, each sentence once, and answers how much it was. */
export function tellFound(name, found) {
  const sentences = [...new Set(found)];
  for (const sentence of sentences) console.log(`  ${name}: ${sentence}`);
  return found.length;
}
