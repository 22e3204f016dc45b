// In which order do many texts stand, without asking the collator for every pair? By keys that compare as plain bytes.
import { compareTexts } from './fold.ts';

const [DIGIT_0, DIGIT_9] = [48, 57];
const LETTER = /[a-z]/i;
const MARK = /[^a-z0-9]/i;
const MOST_DIGITS = 60;
const LONGEST = 500;

const isDigit = (code: number): boolean => code >= DIGIT_0 && code <= DIGIT_9;

/** What stands for each plain character in a key: marks in the collator's order, then digits, then letters; 0 for none. */
const plain = (() => {
  const codes = new Uint8Array(128);
  const ascii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
  for (const letter of ascii.filter((one) => LETTER.test(one))) {
    codes[letter.charCodeAt(0)] = letter.toLowerCase().charCodeAt(0);
  }
  const marks = ascii.filter((one) => MARK.test(one)).sort(compareTexts);
  marks.forEach((mark, i) => (codes[mark.charCodeAt(0)] = 1 + i));
  return codes;
})();

const key = Buffer.alloc(3 * LONGEST);

/**
 * A key for a text in ASCII, undefined for others: where two keys differ, `<` orders them as `compareTexts` orders the
 * texts, in a tenth of the time; where they are the same, `compareTexts` decides. A number is its length and its digits.
 */
export function plainKey(text: string): string | undefined {
  if (text.length > LONGEST) return undefined;
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isDigit(code)) {
      let from = i;
      while (isDigit(text.charCodeAt(i + 1))) i += 1;
      while (from < i && text.charCodeAt(from) === DIGIT_0) from += 1;
      const digits = i + 1 - from;
      if (digits > MOST_DIGITS) return undefined;
      key[size++] = DIGIT_0;
      key[size++] = DIGIT_0 + digits;
      while (from <= i) key[size++] = text.charCodeAt(from++);
    } else {
      const letter = plain[code] ?? 0;
      if (letter === 0) return undefined;
      key[size++] = letter;
    }
  }
  return key.toString('latin1', 0, size);
}
