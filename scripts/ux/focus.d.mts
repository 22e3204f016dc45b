// What do the journeys use of the walk by keyboard?
import type { Page } from 'playwright-core';
export function lostFocus(page: Page, most?: number): Promise<string[]>;
