// What waits from earlier goes out from any page: when it opens, when the network or the socket is back, when it is looked at again.
import { liveSocket } from './live.ts';
import { openOutbox } from './outbox.ts';
import { startWaiting } from './waiting.ts';

export async function startOutbox(user_id: string): Promise<void> {
  const outbox = await openOutbox(user_id);
  startWaiting(outbox);
  void outbox.ship(true);
  window.addEventListener('online', () => void outbox.ship(true));
  // Signed in or changed the password in another tab, and came back.
  document.addEventListener('visibilitychange', () => {
    const trouble = outbox.trouble();
    if (document.visibilityState === 'visible' && trouble !== null && trouble !== 'other-user') void outbox.ship(true);
  });
  const socket = await liveSocket();
  socket.on('connect', () => void outbox.ship(true));
}
