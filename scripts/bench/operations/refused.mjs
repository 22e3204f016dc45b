// Bad input: every kind of refusal in turn. It must stay as fast as good input and leave nothing behind.
import { randomUUID } from 'node:crypto';
import { request } from '../http-client.mjs';
import { admin } from '../world.mjs';

/** The status to be refused with, and a request made of somebody's headers and the id of a student who is there. */
const KINDS = [
  [404, ({ Cookie }) => request('GET', `/api/students/${randomUUID()}`, { Cookie })],
  [404, ({ Cookie }) => request('GET', `/api/students/${'x'.repeat(500)}`, { Cookie })],
  [404, ({ Cookie }) => request('GET', `/nothing/${randomUUID()}`, { Cookie })],
  [422, ({ Cookie }) => request('GET', `/api/students?q=a&page=-1&sort=${randomUUID()}`, { Cookie })],
  [
    422,
    (who) => request('POST', '/api/attendance', who, JSON.stringify({ student_id: randomUUID(), status: 'Asleep' })),
  ],
  [422, (who) => request('POST', '/api/students', who, JSON.stringify({ full_name: randomUUID(), [randomUUID()]: 1 }))],
  [400, (who) => request('POST', '/api/results', who, `{"student_id": ${randomUUID()}`)],
  [403, ({ Cookie }) => request('POST', '/api/students', { Cookie }, '{}')],
  [403, (who) => request('POST', '/api/students', { ...who, Origin: 'http://elsewhere.example' }, '{}')],
  [401, () => request('GET', '/api/stats', { Cookie: `studentcore.sid=s%3A${randomUUID()}.${randomUUID()}` })],
  [401, () => request('GET', '/api/students')],
  [428, (who, known) => request('PATCH', `/api/students/${known}`, who, '{"semester":2}')],
  [405, (who) => request('PUT', '/api/students', who, '{}')],
];

export const refused = [
  {
    name: 'refused',
    next: (world, user) => {
      const n = (world.turns.refused = (world.turns.refused ?? -1) + 1);
      const [status, make] = KINDS[n % KINDS.length];
      const { cookie, token } = admin(world, user);
      const { student_id } = world.chance.pick(world.byCode);
      return {
        text: make({ Cookie: cookie, 'X-CSRF-Token': token }, student_id),
        check: (answer) =>
          answer.status === status ? undefined : `status ${String(answer.status)}, not ${String(status)}`,
      };
    },
  },
];
