// The session has ended while somebody works: how do they go on without leaving the page?
import { api, ApiError, readSession, takeSession } from './api.ts';
import type { SessionAnswer } from './api.ts';
import { make } from './dom.ts';
import { liveSocket } from './live.ts';

const sameName = (a: string, b: string): boolean =>
  a.trim().normalize('NFKC').toLowerCase() === b.trim().normalize('NFKC').toLowerCase();

let open: Promise<boolean> | undefined;

/** Asks for the password in a dialog; true once the same person is signed in again, false when it was put off. */
export const signInHere = (): Promise<boolean> => (open ??= ask().finally(() => (open = undefined)));

async function ask(): Promise<boolean> {
  // Done already in another tab?
  if (await isBack()) return goOn();
  const { username = '' } = document.body.dataset;
  const name = make('input', {
    ...{ class: 'form-control', id: 'here-username', name: 'username', autocomplete: 'username', value: username },
    ...{ autocapitalize: 'none', spellcheck: 'false', required: true },
  });
  const password = make('input', {
    ...{ class: 'form-control', id: 'here-password', name: 'password', type: 'password', required: true },
    ...{ autocomplete: 'current-password', autofocus: true },
  });
  const fault = make('p', { class: 'text-danger-emphasis', role: 'alert' });
  const later = make('button', { type: 'button', class: 'btn btn-outline-secondary' }, 'Not now');
  const form = make(
    'form',
    { method: 'dialog', class: 'sign-in-here', novalidate: true },
    make('h2', { id: 'here-title' }, 'Sign in to go on'),
    make('p', { id: 'here-why' }, 'Your session has ended. What you typed is kept, and saves once you are signed in.'),
    make('label', { class: 'form-label', for: 'here-username' }, 'User name'),
    name,
    make('label', { class: 'form-label', for: 'here-password' }, 'Password'),
    password,
    fault,
    make(
      'div',
      { class: 'sign-in-here-buttons' },
      make('button', { type: 'submit', class: 'btn btn-primary' }, 'Sign in'),
      later,
    ),
  );
  const dialog = make(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'here-title', 'aria-describedby': 'here-why' },
    form,
  );
  document.body.append(dialog);

  const done = new Promise<boolean>((resolve) => {
    let signedIn = false;
    const refuse = (text: string, ...more: Node[]): void => {
      fault.replaceChildren(text, ...more);
      password.setAttribute('aria-invalid', 'true');
      password.value = '';
      password.focus();
    };
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      event.stopPropagation();
      if (!sameName(name.value, username)) {
        const link = make('a', { href: '/login' }, 'Sign in as somebody else');
        refuse(`What waits here is ${username}’s, so only ${username} can go on here. `, link);
        name.focus();
        return;
      }
      void trySignIn(name.value.trim(), password.value).then((why) => {
        signedIn = why === null;
        if (why === null) dialog.close();
        else refuse(why);
      });
    });
    later.addEventListener('click', () => dialog.close());
    // The browser gives the focus back to where it was.
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(signedIn);
    });
  });
  dialog.showModal();
  return (await done) ? goOn() : false;
}

/** null when it worked, else why not. */
async function trySignIn(username: string, password: string): Promise<string | null> {
  try {
    takeSession(await api<SessionAnswer>('/api/session', { method: 'POST', body: { username, password } }));
    return null;
  } catch (error) {
    if (error instanceof ApiError) return error.faults[0]?.message ?? error.message;
    throw error;
  }
}

async function isBack(): Promise<boolean> {
  try {
    return (await readSession()).user.user_id === document.body.dataset['userId'];
  } catch {
    return false;
  }
}

async function goOn(): Promise<boolean> {
  (await liveSocket()).connect();
  return true;
}
