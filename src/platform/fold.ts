// When are two texts the same to a person who searches or types a code?

// eslint-disable-next-line no-control-regex
const ASCII = /^[\u0000-\u007f]*$/;

/** For uniqueness: NFKC and lower case (docs/contract.md §1). */
export const sameText = (text: string): string => text.trim().normalize('NFKC').toLowerCase();

/** For search: also without accents, so that `elise` finds Élise. */
export const searchText = (text: string): string =>
  ASCII.test(text)
    ? text.toLowerCase()
    : text
        .normalize('NFKD')
        .replace(/\p{M}+/gu, '')
        .toLowerCase();

/** Orders texts as people do: numbers in them by value, case and accents only as a tie-break. */
export const { compare: compareTexts } = new Intl.Collator('en', { numeric: true });
