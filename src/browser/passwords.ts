// May somebody see what they typed into a password field? A button beside it, which hides it again before it is sent.
import { all, icon, make } from './dom.ts';

export function startPasswords(): void {
  for (const field of all<HTMLInputElement>('input[type="password"]')) addButton(field);
}

function addButton(field: HTMLInputElement): void {
  const button = make(
    'button',
    {
      type: 'button',
      class: 'btn btn-outline-secondary',
      'aria-pressed': 'false',
      'aria-controls': field.id,
      'aria-label': 'Show what was typed',
    },
    icon('eye'),
  );
  const show = (shown: boolean): void => {
    field.type = shown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(shown));
    button.replaceChildren(icon(shown ? 'eye-slash' : 'eye'));
  };
  const focused = document.activeElement === field;
  const group = make('div', { class: 'input-group password' });
  field.replaceWith(group);
  group.append(field, button);
  if (focused) field.focus();
  button.addEventListener('click', () => show(field.type === 'password'));
  // Browsers offer to remember what was typed into a password field, and what is shown must not come back as text.
  field.form?.addEventListener('submit', () => show(false));
}
