// Light, dark or as the device says? Remembered on this device, said by data-bs-theme on <html>.

export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'studentcore.theme';
const darkDevice = window.matchMedia('(prefers-color-scheme: dark)');

const isTheme = (text: string | null | undefined): text is Theme =>
  text === 'auto' || text === 'light' || text === 'dark';

/** What was chosen on this device; auto when nothing was, or when storage is closed to us. */
export function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return isTheme(kept) ? kept : 'auto';
  } catch {
    return 'auto';
  }
}

export function applyTheme(theme: Theme): void {
  const dark = theme === 'dark' || (theme === 'auto' && darkDevice.matches);
  document.documentElement.dataset['bsTheme'] = dark ? 'dark' : 'light';
}

/** Calls back after every change of colours, so that what is drawn by hand can be drawn again. */
export function onThemeChange(listener: () => void): void {
  new MutationObserver(listener).observe(document.documentElement, { attributeFilter: ['data-bs-theme'] });
}

/** Wakes the buttons of theme-choice.ejs. */
export function startTheme(): void {
  const choices = document.querySelectorAll<HTMLElement>('[data-theme-choice]');
  const show = (theme: Theme): void => {
    for (const button of document.querySelectorAll<HTMLElement>('[data-theme-value]'))
      button.setAttribute('aria-pressed', String(button.dataset['themeValue'] === theme));
  };
  const choose = (theme: Theme): void => {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Private windows may refuse storage: the choice then holds for this page.
    }
    applyTheme(theme);
    show(theme);
  };
  for (const choice of choices) {
    choice.hidden = false;
    choice.addEventListener('click', (event) => {
      const value = (event.target as Element).closest<HTMLElement>('[data-theme-value]')?.dataset['themeValue'];
      if (isTheme(value)) choose(value);
    });
  }
  show(readTheme());
  darkDevice.addEventListener('change', () => applyTheme(readTheme()));
  // Another tab chose: follow it.
  window.addEventListener('storage', (event) => {
    if (event.key !== KEY) return;
    applyTheme(readTheme());
    show(readTheme());
  });
}
