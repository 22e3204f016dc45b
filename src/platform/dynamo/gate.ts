// How many may go at once? The rest wait in line, first come first served, but not for ever.

export interface Gate {
  /** True once there is room; false when `patience` (milliseconds) ran out first, or too many wait already. */
  enter: (patience: number) => Promise<boolean>;
  /** To be called exactly once after every enter() that answered true. */
  leave: () => void;
}

export function createGate(places: number, mostWaiting = Infinity): Gate {
  let free = places;
  const line = new Set<() => void>();

  return {
    enter: (patience) => {
      if (free > 0) {
        free -= 1;
        return Promise.resolve(true);
      }
      if (line.size >= mostWaiting) return Promise.resolve(false);
      return new Promise((resolve) => {
        const called = (): void => {
          clearTimeout(timer);
          line.delete(called);
          resolve(true);
        };
        const timer = setTimeout(() => {
          line.delete(called);
          resolve(false);
        }, patience);
        line.add(called);
      });
    },
    leave: () => {
      // The place is handed on, so nobody who comes now can overtake the line.
      const [first] = line;
      if (first) first();
      else free += 1;
    },
  };
}
