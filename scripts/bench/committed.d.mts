export interface Row {
  name: string;
  users: number;
  cpu: number;
}
export function compareCommitted(rows: Row[], committed?: Record<string, number>): string[];
