// Who is signed in in the other tabs of this browser? A tab that shows a page of somebody else must not go on.

const CHANNEL = 'studentcore.who';

/** Tells the other tabs who is signed in by now; null when somebody has just signed out. */
export function tellWho(user_id: string | null): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(user_id);
  channel.close();
}

/** Nothing on this page holds it up any more: it was asked for, or it is somebody else's. */
export const stopAsking = (): void =>
  window.addEventListener('beforeunload', (event) => event.stopImmediatePropagation(), { capture: true });

/** Leaves this page as soon as another tab has another user. */
export function followWho(user_id: string): void {
  new BroadcastChannel(CHANNEL).addEventListener('message', ({ data }: MessageEvent<string | null>) => {
    if (data === user_id) return;
    stopAsking();
    if (data === null) location.replace('/login');
    else location.reload();
  });
}
