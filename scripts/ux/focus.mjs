// Can the whole page be walked by keyboard, and is it always seen where one is? Tab by tab, as a person without a mouse.

/** More stops than this and the rest is more of the same: a list's rows, a sheet's. */
const MOST_STOPS = 90;

/** What is wrong with the place that has the focus now; `{ id }` to know it again. Runs in the page. */
function look() {
  const { document, getComputedStyle, innerHeight, innerWidth } = globalThis;
  const element = document.activeElement;
  if (element === null || element === document.body) return { id: 'body', wrong: '' };
  const ids = (globalThis.studentcoreStops ??= new Map());
  if (!ids.has(element)) ids.set(element, ids.size);
  // A mark's radio button lies behind its label; a tile is drawn by its frame.
  const seen = element.matches('.mark-choice') ? (element.labels?.[0] ?? element) : element;
  const frame = element.matches('.tile-link') ? element.closest('.tile') : element;
  const what = element.outerHTML.replace(/\s+/g, ' ').slice(0, 100);
  const box = seen.getBoundingClientRect();
  const style = getComputedStyle(frame);
  const outlined = style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2;
  const wrongs = [];
  if (!outlined) wrongs.push(`the focus is not seen: ${what}`);
  const inView = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  if (!inView) wrongs.push(`the focus is out of view: ${what}`);
  else {
    const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1);
    const lines = [0.15, 0.5, 0.85].map((part) => Math.min(Math.max(box.top + box.height * part, 1), innerHeight - 1));
    const free = lines.some((y) => {
      const top = document.elementFromPoint(x, y);
      return top !== null && (seen.contains(top) || top.contains(seen));
    });
    if (!free) wrongs.push(`the focus lies under something: ${what}`);
  }
  return { id: String(ids.get(element)), wrong: wrongs.join('; ') };
}

/** Walks the page once around with Tab; sentences on what was found. */
export async function lostFocus(page, most = MOST_STOPS) {
  const found = [];
  const seen = new Set();
  await page.evaluate(() => {
    globalThis.document.activeElement?.blur();
    globalThis.scrollTo(0, 0);
  });
  for (let stop = 0; stop < most; stop += 1) {
    await page.keyboard.press('Tab');
    const { id, wrong } = await page.evaluate(look);
    if (seen.has(id)) break;
    seen.add(id);
    if (wrong !== '') found.push(wrong);
  }
  if (seen.size < 3) found.push(`only ${seen.size} places can be reached by keyboard`);
  return found;
}
