// Which version has the caller seen? ETag says it, If-Match brings it back.

export const etag = (version: number): string => `"${String(version)}"`;

// A compressing proxy may weaken the tag or add a suffix to it; people who write scripts leave the quotes out.
const TAG = /^(?:W\/)?"(\d{1,15})(?:-{1,2}[a-z]{1,10})?"$|^(\d{1,15})$/;

/** No record has it: a service that is asked with it finds everything that is wrong, and writes nothing. */
export const NO_VERSION = -1;

/**
 * The version in If-Match; NO_VERSION for one that can't be read, which fits no record (412).
 * undefined when none was sent: `*` names no version either, it says "whatever is there", so it counts as none (428).
 */
export function seenVersion(header: string | undefined): number | undefined {
  const text = header?.trim() ?? '';
  if (text === '' || text === '*') return undefined;
  const [, tag, bare] = TAG.exec(text) ?? [];
  return tag === undefined && bare === undefined ? NO_VERSION : Number(tag ?? bare);
}
