// How fast may clients come in? A few at a time, so that a thousand who come back at once leave room for everybody else.

const AT_ONCE = 1;
const EVERY_MS = 4;

/** Calls back at once while there is room, else in the order of coming; who waits costs nothing. */
export function createTurnstile(atOnce = AT_ONCE, everyMs = EVERY_MS): (enter: () => void) => void {
  const waiting: (() => void)[] = [];
  let room = atOnce;
  let ticking = false;

  function tick(): void {
    room = atOnce;
    for (const enter of waiting.splice(0, room)) {
      room -= 1;
      enter();
    }
    // A busy process ticks late, and so lets in fewer.
    ticking = room < atOnce;
    if (ticking) setTimeout(tick, everyMs).unref();
  }

  return (enter) => {
    if (!ticking) {
      ticking = true;
      setTimeout(tick, everyMs).unref();
    }
    if (room === 0) {
      waiting.push(enter);
      return;
    }
    room -= 1;
    enter();
  };
}
