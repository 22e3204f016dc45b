// Signing in over the API: bcrypt at cost 12, by everybody the seed gave a login.
import { header, request } from '../http-client.mjs';
import { LOGINS, PASSWORD } from '../world.mjs';

export const signIns = [
  {
    name: 'sign-in',
    next: (world) => {
      const username = world.chance.pick(LOGINS);
      return {
        text: request('POST', '/api/session', {}, JSON.stringify({ username, password: PASSWORD })),
        check: (answer) => {
          if (answer.status !== 201) return `status ${String(answer.status)}`;
          const { user, csrf_token } = JSON.parse(answer.body.toString());
          if (user.username !== username) return `${username} is signed in as ${String(user.username)}`;
          return csrf_token && header(answer, 'set-cookie') ? undefined : 'no token or no cookie';
        },
      };
    },
  },
];
