// Why can't the app start, in words for the person who starts it?
import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { ConfigError } from './config.ts';
import { isUnreachable } from './dynamo/client.ts';
import { EngineRefused } from './dynamo/engine-refused.ts';

/** A fault that a person can repair; its message is one line. */
export class StartRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StartRefused';
  }
}

const inOneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** One line for each fault. */
export function startFaults(error: unknown): string[] {
  if (error instanceof ConfigError) return error.faults;
  if (error instanceof StartRefused || error instanceof EngineRefused) return [inOneLine(error.message)];
  if (error instanceof ResourceNotFoundException) {
    return [
      'A table is missing: deploy the CloudFormation stack, or run "npm run tables", and check AWS_REGION and TABLE_PREFIX.',
    ];
  }
  if (isUnreachable(error)) {
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${inOneLine(error.cause.message)})` : '';
    return [`DynamoDB does not answer${cause}: check DYNAMODB_ENDPOINT, AWS_REGION and the credentials.`];
  }
  return [`StudentCore can't start: ${inOneLine(error instanceof Error ? error.message : String(error))}`];
}
