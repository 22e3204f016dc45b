// How is the database engine asked without the SDK? The protocol of DynamoDB over the lean client; the engine checks no signature.
import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createConnection } from './http-client.mjs';

const SIGNATURE =
  'Authorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0\r\n' +
  'X-Amz-Date: 20260101T000000Z\r\n';

const silent = { debug: () => undefined, info: () => undefined, warn: console.warn, error: console.error };

/** An engine on a folder, run by the app's own code. */
export async function startEngine(root, dataDir) {
  const { startEngine: start } = await import(pathToFileURL(join(root, 'dist/platform/dynamo/engine.js')).href);
  const engine = await start({ dataDir, log: silent });
  return { ...engine, port: Number(new URL(engine.endpoint).port) };
}

/** One connection to it; one operation at a time. `ask` resolves to whatever it answers, `call` refuses what went wrong. */
export function connectEngine(port) {
  const connection = createConnection(port);
  const ask = async (operation, input) => {
    const body = JSON.stringify(input);
    const { status, body: answer } = await connection.send(
      `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: DynamoDB_20120810.${operation}\r\n` +
        `Content-Type: application/x-amz-json-1.0\r\n${SIGNATURE}` +
        `Content-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`,
    );
    return { status, text: answer.toString() };
  };
  return {
    ask,
    call: async (operation, input) => {
      const { status, text } = await ask(operation, input);
      if (status !== 200) throw new Error(`${operation}: ${String(status)} ${text.slice(0, 300)}`);
      return JSON.parse(text);
    },
    close: connection.close,
  };
}
