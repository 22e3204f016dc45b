// What do the journeys use of the inspection of a page?
import type { Page } from 'playwright-core';

export interface Look {
  look: string;
  colorScheme: 'light' | 'dark';
  viewport: { width: number; height: number };
  /** Only these rules; all without. */
  rules?: string[];
}
export const LOOKS: Look[];
export function dress(page: Page, look: Look): Promise<void>;
export function axeFindings(page: Page, only?: string[]): Promise<string[]>;
export function brokenWords(page: Page): Promise<string[]>;
export function sideways(page: Page): Promise<string[]>;
export function dumbFrames(page: Page): Promise<string[]>;
export function clippedWhenSpaced(page: Page): Promise<string[]>;
export function smallTargets(page: Page): Promise<string[]>;
