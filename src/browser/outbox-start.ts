// What waits from earlier goes out from any page: when it opens, when the network is back, when the socket is.
import { all } from './dom.ts';
import { liveSocket } from './live.ts';
import { openOutbox } from './outbox.ts';

export async function startOutbox(user_id: string): Promise<void> {
  // Signing out on purpose leaves nothing behind; begun before the form goes.
  for (const form of all('form[action="/logout"]'))
    form.addEventListener('submit', () => void openOutbox(user_id).then((outbox) => outbox.wipe()));
  const outbox = await openOutbox(user_id);
  void outbox.ship(true);
  window.addEventListener('online', () => void outbox.ship(true));
  const socket = await liveSocket();
  socket.on('connect', () => void outbox.ship(true));
}
