// How do two runs ask for the same? Chance from a number (mulberry32).

export function createChance(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const whole = (n) => Math.floor(next() * n);
  return { next, whole, pick: (list) => list[whole(list.length)] };
}
