// Which colours from the first paint on? A tiny blocking script: dark must not flash light.
import { applyTheme, readTheme } from './theme.ts';

document.documentElement.classList.add('js');
applyTheme(readTheme());
