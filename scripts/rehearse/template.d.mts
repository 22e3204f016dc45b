export interface Parameter {
  Type: string;
  Default: string | number;
  Description: string;
  AllowedPattern?: string;
  AllowedValues?: (string | number)[];
  MinValue?: number;
  MaxValue?: number;
  ConstraintDescription: string;
}
export interface Resource {
  Type: string;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  CreationPolicy?: unknown;
  /** Of another shape for every type. */
  Properties: any;
}
export interface Output {
  Description: string;
  Value: string;
  Export?: { Name: string };
}
export interface Template {
  Parameters: Record<string, Parameter>;
  Resources: Record<string, Resource>;
  Outputs: Record<string, Output>;
}
export interface Resolved {
  parameters: Record<string, string>;
  Resources: Record<string, Resource>;
  Outputs: Record<string, Output>;
}
export function readTemplate(file: string): Template;
export function parametersOf(template: Template, given?: Record<string, string>): Record<string, string>;
export function resolve(template: Template, given?: Record<string, string>, imports?: Record<string, string>): Resolved;
export function refusals(template: Template, given?: Record<string, string>): string[];
export function exportsOf(resolved: Resolved): Record<string, string>;
