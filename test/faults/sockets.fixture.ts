// Many clients in a process of their own: opens them all, and at every line on stdin cuts all off, to come back at once.
import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';

const [url = '', cookie = '', count = '0'] = process.argv.slice(2);
const wanted = Number(count);
const sockets: Socket[] = [];
let began = performance.now();
let connected = 0;

const heard = (): void => {
  connected += 1;
  if (connected === wanted) console.log(`connected ${String(Math.round(performance.now() - began))}`);
};

for (let i = 0; i < wanted; i += 1) {
  const socket = io(url, {
    ...{ forceNew: true, transports: ['websocket'], extraHeaders: { cookie: cookie.split('|')[i % 3] ?? '' } },
    ...{ reconnectionDelay: 1, reconnectionDelayMax: 1, timeout: 20_000 },
  });
  socket.on('hello', heard);
  sockets.push(socket);
}

process.stdin.on('data', () => {
  began = performance.now();
  connected = 0;
  for (const socket of sockets) socket.io.engine.close();
});
