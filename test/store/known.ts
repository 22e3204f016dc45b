// What has been answered so far? The least that every later look must find, kept while many write at once.

interface Fact {
  /** Whoever finds it finds at least this version. */
  version: number;
  /** What it looks like in just that version. */
  body: string;
  gone: boolean;
  /** Removals of it that have begun, answered or not. */
  removals: number;
  /** Removals under way. */
  leaving: number;
}

/** Something that is about to be read: what it is compared with was true when the look began. */
export interface Look {
  found: <T extends { version: number }>(now: T | undefined, body: (now: T) => string) => void;
  atLeast: (version: number) => void;
}

export function createKnown() {
  const facts = new Map<string, Fact>();
  const faults: string[] = [];
  let checks = 0;

  const factOf = (key: string): Fact => {
    const fact = facts.get(key) ?? { version: 0, body: '', gone: true, removals: 0, leaving: 0 };
    facts.set(key, fact);
    return fact;
  };

  // A mark answered while its student goes was not among what the removal began with, and goes with it all the same.
  const removalsOf = (key: string): { begun: number; leaving: boolean; gone: boolean } => {
    const [, owner] = /^(?:mark|result) \S+ (\S+)$/.exec(key) ?? [];
    const both = [factOf(key), ...(owner === undefined ? [] : [factOf(`student ${owner}`)])];
    return {
      begun: both.reduce((sum, { removals }) => sum + removals, 0),
      leaving: both.some(({ leaving }) => leaving > 0),
      gone: both.some(({ gone }) => gone),
    };
  };

  const all = (prefix: string, suffix = ''): string[] =>
    [...facts.keys()].filter((key) => key.startsWith(prefix) && key.endsWith(suffix));
  const isAlive = (key: string): boolean => facts.get(key)?.gone === false;

  return {
    faults,
    get checks(): number {
      return checks;
    },
    all,
    ids: (prefix: string): string[] => all(prefix).map((key) => key.slice(prefix.length)),
    /** Students by id; marks and results by key, those of one student with `suffix`. */
    alive: (prefix: string, suffix = ''): string[] => {
      const keys = all(prefix, suffix).filter(isAlive);
      return prefix === 'student ' ? keys.map((key) => key.slice(prefix.length)) : keys;
    },
    body: (key: string): string | undefined => facts.get(key)?.body,
    /** A write was answered with this version. */
    stored: (key: string, version: number, body: string): void => {
      const fact = factOf(key);
      if (version > fact.version) Object.assign(fact, { version, body, gone: false });
    },
    /** Runs a removal of what has this version; once it is answered, only a later one may be found. */
    removes: async (keys: string[], task: () => Promise<unknown>, version: number): Promise<void> => {
      const going = keys.map(factOf);
      for (const fact of going) {
        fact.removals += 1;
        fact.leaving += 1;
      }
      try {
        await task();
        for (const fact of going)
          if (version >= fact.version) Object.assign(fact, { version: version + 1, gone: true });
      } finally {
        for (const fact of going) fact.leaving -= 1;
      }
    },
    look: (key: string): Look => {
      const then = { ...factOf(key), ...removalsOf(key) };
      const fault = (what: string): void => void faults.push(`${key}: ${what}`);
      return {
        found: (now, body) => {
          checks += 1;
          const mayLeave = then.leaving || removalsOf(key).begun > then.begun;
          if (!now) {
            if (!then.gone && !mayLeave) fault(`version ${String(then.version)} is not found`);
          } else if (now.version < then.version) {
            fault(`version ${String(now.version)} is found after ${String(then.version)} was answered`);
          } else if (now.version === then.version && body(now) !== then.body) {
            fault(`version ${String(now.version)} says ${body(now)} instead of ${then.body}`);
          }
        },
        atLeast: (version) => {
          checks += 1;
          if (version < then.version) fault(`version ${String(version)} after ${String(then.version)} was answered`);
        },
      };
    },
  };
}

export type Known = ReturnType<typeof createKnown>;
