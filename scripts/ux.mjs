// Does it feel fast, and does it work, on every page? Measures the demo college in Chromium and prints one table: `npm run ux`.
//
// A measurement is a file of scripts/ux: a `columns` of its figures with their bounds, and `measure(house)`, which answers
// one `{ page, [column]: value }` a page. A new one is a file and a line below.
import { enter, withBrowser, withDemoCollege } from './demo-college.mjs';
import { makeFresh } from './fresh.mjs';
import * as axe from './ux/axe.mjs';
import * as hands from './ux/hands.mjs';
import * as keyboard from './ux/keyboard.mjs';
import { pagesOf, placesOf } from './ux/pages.mjs';
import * as paint from './ux/paint.mjs';
import * as plain from './ux/plain.mjs';
import * as reflow from './ux/reflow.mjs';
import * as stopwatch from './ux/stopwatch.mjs';
import { brokenIn, tableOf } from './ux/table.mjs';

const MEASUREMENTS = { paint, plain, axe, keyboard, reflow, hands, stopwatch };

function chosen(names) {
  const unknown = names.find((name) => !Object.hasOwn(MEASUREMENTS, name));
  if (unknown) throw new Error(`there is no measurement ${unknown}: ${Object.keys(MEASUREMENTS).join(', ')}`);
  return (names.length > 0 ? names : Object.keys(MEASUREMENTS)).map((name) => MEASUREMENTS[name]);
}

async function run(names) {
  const measurements = chosen(names);
  if (!(await makeFresh())) throw new Error('the app could not be built');
  return await withDemoCollege((url) =>
    withBrowser(async (browser) => {
      const places = await placesOf(browser, url);
      const house = {
        browser,
        url,
        places,
        pages: pagesOf(places),
        enter: (who, options) => enter(browser, url, who, options),
      };
      const rows = [];
      // One after the other: two at once would measure each other.
      for (const { title, measure } of measurements) {
        console.log(`${title} …`);
        rows.push(...(await measure(house)));
      }
      const columns = measurements.flatMap((one) => one.columns);
      console.log(`\n${tableOf(columns, rows)}\n`);
      return brokenIn(columns, rows);
    }),
  );
}

try {
  const broken = await run(process.argv.slice(2));
  for (const sentence of broken) console.error(sentence);
  console.log(broken.length === 0 ? 'Every bound is kept.' : `${broken.length} bounds are broken.`);
  process.exitCode = broken.length === 0 ? 0 : 1;
} catch (error) {
  console.error(`Not measured: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
