// How far is the load? One line for each kind of record when it is done, and now and then before.

/** Told after each record; `done` of `total`. */
export type Progress = (what: string, done: number, total: number) => void;

const EVERY_MS = 2_000;

const grouped = (n: number): string => n.toLocaleString('en-US');

export function createProgress(say: (line: string) => void, now: () => number): Progress {
  let told = now();
  return (what, done, total) => {
    if (done < total && now() - told < EVERY_MS) return;
    told = now();
    say(done < total ? `${what}: ${grouped(done)} of ${grouped(total)} …` : `${what}: ${grouped(total)}`);
  };
}
