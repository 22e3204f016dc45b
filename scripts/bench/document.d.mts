export function replaced(text: string, name: string, tables: string): string;
