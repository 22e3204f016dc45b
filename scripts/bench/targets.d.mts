export function missed(row: Record<string, unknown>, floors?: Record<string, unknown>[]): string[] | undefined;
