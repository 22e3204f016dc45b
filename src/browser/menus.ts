// How do opened menus close again? Escape, a click elsewhere, or the focus moving on.
import { all } from './dom.ts';

export function startMenus(): void {
  for (const menu of all<HTMLDetailsElement>('details[data-menu]')) {
    document.addEventListener('click', (event) => {
      if (menu.open && !menu.contains(event.target as Node)) menu.open = false;
    });
    menu.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !menu.open) return;
      menu.open = false;
      menu.querySelector('summary')?.focus();
    });
    menu.addEventListener('focusout', (event) => {
      if (event.relatedTarget instanceof Node && !menu.contains(event.relatedTarget)) menu.open = false;
    });
  }
}
