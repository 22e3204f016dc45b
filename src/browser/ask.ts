// How is somebody asked before something is lost? A dialog of the page, with the harmless way first.
import { make } from './dom.ts';

interface Choice<T> {
  value: T;
  label: string;
  danger?: boolean;
}

/** The value of the button that was pressed; undefined after Esc. The first choice has the focus. */
export function ask<T>(title: string, text: string, choices: readonly Choice<T>[]): Promise<T | undefined> {
  return new Promise((resolve) => {
    let chosen: T | undefined;
    const dialog = make('dialog', { class: 'dialog', 'aria-labelledby': 'ask-title', 'aria-describedby': 'ask-text' });
    const buttons = choices.map(({ value, label, danger }, n) => {
      const look = danger ? 'btn-outline-danger' : n === 0 ? 'btn-primary' : 'btn-outline-secondary';
      const button = make('button', { type: 'button', class: `btn ${look}`, autofocus: n === 0 }, label);
      button.addEventListener('click', () => {
        chosen = value;
        dialog.close();
      });
      return button;
    });
    dialog.append(
      make('h2', { class: 'h5', id: 'ask-title' }, title),
      make('p', { id: 'ask-text' }, text),
      make('div', { class: 'ask-choices' }, ...buttons),
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(chosen);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
