import type { Resolved, Resource } from './template.mjs';

export const CALLS: string;
export function allowed(role: Resource): string[];
export function differences(template: Resolved, calls: string[]): string[];
