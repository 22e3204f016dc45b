// Which records have a value in a column that lists are filtered by? One small number a record and column, so that
// going through all records reads a few bytes each.

/** A test of slots: the record there has the wanted value when `values[slot]` is `wanted`. */
export interface SlotTest {
  values: Int32Array | Uint8Array;
  wanted: number;
}

export interface FacetTest extends SlotTest {
  /** How many pass. */
  count: number;
}

interface Facet {
  codes: Map<string, number>;
  counts: number[];
  /** The code of each slot's value; 0 where there is no record. */
  values: Int32Array;
}

const MATCHES_NONE = -1;

function makeFacet(): Facet {
  return { codes: new Map(), counts: [0], values: new Int32Array(16) };
}

function codeOf(facet: Facet, value: string): number {
  let code = facet.codes.get(value);
  if (code === undefined) {
    code = facet.counts.push(0) - 1;
    facet.codes.set(value, code);
  }
  return code;
}

function write(facet: Facet, slot: number, code: number): void {
  if (slot >= facet.values.length) {
    const values = new Int32Array(2 * slot);
    values.set(facet.values);
    facet.values = values;
  }
  const before = facet.values[slot] ?? 0;
  facet.counts[before] = (facet.counts[before] ?? 0) - 1;
  facet.counts[code] = (facet.counts[code] ?? 0) + 1;
  facet.values[slot] = code;
}

/** `read`: the columns, and what a record has in them. */
export function createFacets<K>(read: Record<string, (kept: K) => string>) {
  const facets = Object.entries(read).map(([name, of]) => ({ name, of, facet: makeFacet() }));

  return {
    set: (slot: number, kept: K): void => {
      for (const { of, facet } of facets) write(facet, slot, codeOf(facet, of(kept)));
    },
    remove: (slot: number): void => {
      for (const { facet } of facets) write(facet, slot, 0);
    },
    /** One test for each column that is asked for; undefined values ask for nothing. Valid until the next change. */
    tests: (where: Readonly<Record<string, string | undefined>>): FacetTest[] =>
      facets.flatMap(({ name, facet: { codes, counts, values } }) => {
        const value = Object.hasOwn(where, name) ? where[name] : undefined;
        if (value === undefined) return [];
        const wanted = codes.get(value) ?? MATCHES_NONE;
        return [{ values, wanted, count: counts[wanted] ?? 0 }];
      }),
  };
}
