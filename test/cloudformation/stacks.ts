// Both templates, resolved as one installation: the pipeline imports what the main stack exports.
import { fileURLToPath } from 'node:url';
import { exportsOf, readTemplate, resolve } from '../../scripts/rehearse/template.mjs';
import type { Resolved, Resource } from '../../scripts/rehearse/template.mjs';

const file = (name: string): string => fileURLToPath(new URL(`../../cloudformation/${name}`, import.meta.url));

export const mainFile = file('cloudformation.yaml');
export const policyFile = file('stack-policy.json');
export const mainTemplate = readTemplate(mainFile);
export const pipelineTemplate = readTemplate(file('pipeline.yaml'));

export const mainStack = (given?: Record<string, string>): Resolved => resolve(mainTemplate, given);
export const pipelineStack = (given?: Record<string, string>): Resolved =>
  resolve(pipelineTemplate, given, exportsOf(mainStack()));

export const ofType = ({ Resources }: Resolved, type: string): [id: string, resource: Resource][] =>
  Object.entries(Resources).filter(([, { Type }]) => Type === type);

/** The only one of its type. */
export function theOne(stack: Resolved, type: string): Resource {
  const [found, ...others] = ofType(stack, type);
  if (!found || others.length > 0) throw new Error(`there is not exactly one ${type}`);
  return found[1];
}

export const userData = (given?: Record<string, string>): string =>
  mainStack(given).Resources['Instance']?.Properties.UserData as string;
