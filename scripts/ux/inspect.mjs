// What hinders somebody on the page as it stands? Findings as sentences, for `npm run ux` and for the journeys of the tests.
import axe from 'axe-core';

/** Light and dark, wide and on a phone: everything in daylight, and what only colours can break in the dark too. */
export const LOOKS = [
  { look: 'light, wide', colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { look: 'dark, wide', colorScheme: 'dark', viewport: { width: 1280, height: 900 }, rules: ['color-contrast'] },
  { look: 'dark, phone', colorScheme: 'dark', viewport: { width: 390, height: 844 }, rules: ['color-contrast'] },
  { look: 'light, phone', colorScheme: 'light', viewport: { width: 390, height: 844 } },
];

/**
 * Every rule of axe at every level counts: WCAG 2.2 A and AA, best practice, and what axe still calls experimental.
 * Left off are two things, both on purpose:
 * - rules of level AAA (`color-contrast-enhanced`, `identical-links-same-purpose`, `meta-refresh-no-exceptions`): more
 *   than AA asks for;
 * - `hidden-content`, which finds nothing wrong: it asks a person to open what is closed, and the states do that.
 */
const AAA = ['color-contrast-enhanced', 'identical-links-same-purpose', 'meta-refresh-no-exceptions'];
const OFF = new Set([...AAA, 'hidden-content']);
const ASKED_FOR = [
  'target-size',
  'css-orientation-lock',
  'focus-order-semantics',
  'label-content-name-mismatch',
  'p-as-heading',
  'table-fake-caption',
  'td-has-header',
];

/** Puts the page into a look, with colours that have arrived, at its top: what scrolls under a bar is no finding. */
export async function dress(page, { colorScheme, viewport }) {
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.locator(`html[data-bs-theme="${colorScheme}"]`).waitFor({ state: 'attached' });
  await page.evaluate(() => {
    for (const animation of globalThis.document.getAnimations()) animation.cancel();
    const { requestAnimationFrame: frame } = globalThis;
    globalThis.scrollTo(0, 0);
    return new Promise((done) => frame(() => frame(done)));
  });
}

/** What axe finds, of any impact; `only`: these rules, where nothing else can have changed since all were asked. */
export async function axeFindings(page, only) {
  // Once a page, not once a look: reading half a megabyte of it takes longer than looking.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  const rules = Object.fromEntries([
    ...ASKED_FOR.map((id) => [id, { enabled: true }]),
    ...[...OFF].map((id) => [id, { enabled: false }]),
  ]);
  const options = { resultTypes: ['violations'], ...(only ? { runOnly: only } : { rules }) };
  const violations = await page.evaluate(
    async (asked) => (await globalThis.axe.run(globalThis.document, asked)).violations,
    options,
  );
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ html, any, all, none }) => {
      const why = [...any, ...all, ...none][0]?.message ?? '';
      return `${id} (${impact}): ${html.replace(/\s+/g, ' ').slice(0, 160)} ${why}`;
    }),
  );
}

/** By how many pixels the page can be scrolled sideways, and what sticks out. */
export async function sideways(page) {
  return await page.evaluate(() => {
    const { document, innerWidth } = globalThis;
    const beyond = document.documentElement.scrollWidth - innerWidth;
    if (beyond <= 0) return [];
    const out = [...document.querySelectorAll('body *')].filter(
      (element) => element.getBoundingClientRect().right > innerWidth + 1 && element.children.length === 0,
    );
    const who = out.slice(0, 3).map((element) => element.outerHTML.slice(0, 90));
    return [`${beyond} px wider than the window: ${who.join(' ')}`];
  });
}

/** Words of buttons, links of the bar, labels and heads that are broken in two because their place is too narrow. */
export async function brokenWords(page) {
  return await page.evaluate(() => {
    const { document, NodeFilter } = globalThis;
    const places = 'button, .btn, .mainnav a, label, dt, th[scope=col], legend, summary, .status, .grade, h1, h2, h3';
    // Names and codes may be of any length: only what is short is ours to hold together.
    const LONGEST = 13;
    const found = [];
    for (const place of document.querySelectorAll(places)) {
      if (!place.checkVisibility({ visibilityProperty: true }) || place.closest('.visually-hidden')) continue;
      // The head of a table whose rows are cards is there for readers only.
      if ((place.closest('thead')?.getBoundingClientRect().width ?? 2) < 2) continue;
      const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
      for (let node = texts.nextNode(); node; node = texts.nextNode()) {
        if (node.parentElement.closest('.visually-hidden, .icon-on-phone, code')) continue;
        for (const { 0: word, index } of node.data.matchAll(/\p{L}+/gu)) {
          if (word.length > LONGEST) continue;
          const range = document.createRange();
          range.setStart(node, index);
          range.setEnd(node, index + word.length);
          const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
          if (lines.size > 1) found.push(`the word ${word} is broken: ${place.outerHTML.slice(0, 90)}`);
        }
      }
    }
    return found;
  });
}

/** Tables and other frames that scroll sideways without being reachable or without a name. */
export async function dumbFrames(page) {
  return await page.evaluate(() => {
    const { document, getComputedStyle } = globalThis;
    const scrolls = (element) =>
      /auto|scroll/.test(getComputedStyle(element).overflowX) && element.scrollWidth > element.clientWidth + 1;
    return [...document.querySelectorAll('main *')]
      .filter(scrolls)
      .filter((element) => element.tabIndex < 0 || !(element.ariaLabel || element.getAttribute('aria-labelledby')))
      .filter((element) => !/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName))
      .map(
        (element) => `a frame scrolls sideways but can't be reached or has no name: ${element.outerHTML.slice(0, 90)}`,
      );
  });
}

/** WCAG 1.4.12: with more space between lines, letters and words no text may be cut off or lie on other text. */
export async function clippedWhenSpaced(page) {
  // As a sheet of the script's own: the page's security policy lets no style in from outside.
  await page.evaluate(() => {
    const { document, CSSStyleSheet } = globalThis;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(
      '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }',
    );
    document.adoptedStyleSheets = [sheet];
  });
  const found = await page.evaluate(() => {
    const { document, getComputedStyle, innerWidth } = globalThis;
    const isForReaders = (element) => element.closest('.visually-hidden, .icon-on-phone, .skip-link, thead') !== null;
    const cuts = (element) => {
      const { overflowX, overflowY, textOverflow } = getComputedStyle(element);
      const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
      if (!own || isForReaders(element)) return false;
      // An ellipsis is a choice of the page, taken where the whole text stands elsewhere.
      if (textOverflow === 'ellipsis') return false;
      const wide = /hidden|clip/.test(overflowX) && element.scrollWidth > element.clientWidth + 1;
      const high = /hidden|clip/.test(overflowY) && element.scrollHeight > element.clientHeight + 1;
      return wide || high;
    };
    const beyond = document.documentElement.scrollWidth - innerWidth;
    return [
      ...(beyond > 0 ? [`spaced text makes the page ${beyond} px wider than the window`] : []),
      ...[...document.querySelectorAll('body *')]
        .filter(cuts)
        .map((element) => `spaced text is cut off: ${element.outerHTML.slice(0, 120)}`),
    ];
  });
  await page.evaluate(() => void (globalThis.document.adoptedStyleSheets = []));
  return found;
}

/** Things to press that are smaller than 24 px, or than 44 px where they are what the page is for and a thumb presses them. */
export async function smallTargets(page) {
  return await page.evaluate(() => {
    const { document, getComputedStyle, innerWidth } = globalThis;
    const thumb = innerWidth < 768;
    const inText = (element) => element.tagName === 'A' && getComputedStyle(element).display === 'inline';
    const areaOf = (element) => {
      const own = element.getBoundingClientRect();
      const labels = [...(element.labels ?? [])].map((label) => label.getBoundingClientRect());
      const all = [own, ...labels].filter(({ width }) => width > 1);
      return {
        width: Math.max(0, ...all.map(({ width }) => width)),
        height: Math.max(0, ...all.map(({ height }) => height)),
      };
    };
    return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !inText(element))
      .filter((element) => !element.closest('.visually-hidden, .skip-link'))
      .flatMap((element) => {
        const { width, height } = areaOf(element);
        const least = thumb && element.matches('.btn-primary, .mainnav a, main [type=submit]') ? 44 : 24;
        return height > 0 && Math.min(width, height) < least - 0.5
          ? [`${Math.round(width)} × ${Math.round(height)} px to press: ${element.outerHTML.slice(0, 100)}`]
          : [];
      });
  });
}
