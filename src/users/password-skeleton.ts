// Which passwords are the same one to a guesser? Case, look-alike characters and punctuation at the ends make no difference.

const LOOK_ALIKES: Record<string, string> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'i',
  '!': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
};

/** What guessing programs try together: `P@ssw0rd123!` and `password123` have one skeleton. */
export const skeletonOf = (password: string): string =>
  password
    .normalize('NFKC')
    .toLowerCase()
    // Punctuation at the ends is decoration; within it may stand for a letter.
    .replaceAll(/^[^\p{L}\p{N}@$]+|[^\p{L}\p{N}@$]+$/gu, '')
    .replaceAll(/[@43!10$5]/g, (sign) => LOOK_ALIKES[sign] ?? sign);
