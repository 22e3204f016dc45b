// Who wants to hear what was stored? Listeners are called in order; one that fails is logged, never felt.

export interface EventBus<E> {
  /** Returns what ends the listening. */
  listen: (listener: (event: E) => void) => () => void;
  publish: (event: E) => void;
}

/** `onFailure` is told what a listener threw; publishing goes on with the next listener. */
export function createEventBus<E>(onFailure: (error: unknown) => void): EventBus<E> {
  const listeners = new Set<(event: E) => void>();
  return {
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    publish: (event) => {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          onFailure(error);
        }
      }
    },
  };
}
