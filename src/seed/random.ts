// Where does chance come from that is the same every time? A small generator (sfc32), one stream for each topic.

export interface Random {
  /** From 0 up to, but without, 1. */
  next: () => number;
  /** A whole number from `min` to `max`, both included. */
  whole: (min: number, max: number) => number;
  /** True in `share` (0–1) of all cases. */
  chance: (share: number) => boolean;
  /** One of them; throws for an empty list. */
  pick: <T>(from: readonly T[]) => T;
  /** One of them, as often as its weight says; throws when no weight is above 0. */
  weighted: <T>(from: readonly T[], weight: (one: T) => number) => T;
  /** `n` different ones, the heavier the likelier; fewer when there are not so many. */
  sample: <T>(from: readonly T[], n: number, weight: (one: T) => number) => T[];
  /** Bell-shaped around `mean`. */
  normal: (mean: number, deviation: number) => number;
  shuffled: <T>(from: readonly T[]) => T[];
}

/** FNV-1a: what makes four words of state out of a text. */
function hash(text: string, seed: number): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

function sfc32(text: string): () => number {
  let [a, b, c, d] = [hash(text, 0), hash(text, 0x9e3779b9), hash(text, 0x243f6a88), 1];
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4_294_967_296;
  };
  for (let i = 0; i < 15; i++) next();
  return next;
}

function some<T>(one: T | undefined): T {
  if (one === undefined) throw new Error('there is nothing to choose from');
  return one;
}

/** The stream of one topic: asking more of one changes nothing in another. */
export function createRandom(number: number, topic: string): Random {
  const next = sfc32(`${String(number)}/${topic}`);
  const whole = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    whole,
    chance: (share) => next() < share,
    pick: (from) => some(from[whole(0, from.length - 1)]),
    weighted: (from, weight) => {
      let left = next() * from.reduce((sum, one) => sum + weight(one), 0);
      return some(from.find((one) => (left -= weight(one)) < 0));
    },
    // Efraimidis and Spirakis: the n largest of u^(1/w).
    sample: (from, n, weight) =>
      from
        .map((one) => ({ one, key: Math.log(1 - next()) / weight(one) }))
        .sort((a, b) => b.key - a.key)
        .slice(0, n)
        .map(({ one }) => one),
    // Box and Muller.
    normal: (mean, deviation) =>
      mean + deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    shuffled: (from) => {
      const all = [...from];
      for (let i = all.length - 1; i > 0; i--) {
        const j = whole(0, i);
        [all[i], all[j]] = [some(all[j]), some(all[i])];
      }
      return all;
    },
  };
}
