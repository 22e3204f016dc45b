// What do the tests use of the table of figures?
export interface Column {
  name: string;
  below?: number;
  is?: string;
}
export type Row = { page: string } & Record<string, string | number>;
export function tableOf(columns: Column[], rows: Row[]): string;
export function brokenIn(columns: Column[], rows: Row[]): string[];
