import type { Buffer } from 'node:buffer';

export interface Answer {
  status: number;
  head: string;
  body: Buffer;
  next: number;
}
export function readAnswer(buffer: Buffer): Answer | undefined;
export function header(answer: Answer, name: string): string | undefined;
export function request(method: string, path: string, headers?: Record<string, string>, body?: string): string;
export function createConnection(port: number): { send: (text: string) => Promise<Answer>; close: () => void };
