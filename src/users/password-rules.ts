// May this be somebody's password? Not what guessers try first: no rules about kinds of characters (NIST SP 800-63B §3.1.1.2).
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { skeletonOf } from './password-skeleton.ts';

/** Words that stand on every page, so that they are tried as well. */
const PRODUCT = 'studentcore';
/** Shorter ones stand in too many words that mean something else. */
const WORD_LETTERS = 4;
/** So many letters beside such words make a password of its own. */
const OWN_LETTERS = 4;

const ADVICE =
  'Choose another one: four words that have nothing to do with each other are easy to keep and hard to guess.';

let common: Set<string> | undefined;

/** Read when the first password is chosen: most processes never need it. */
function isCommon(password: string): boolean {
  common ??= new Set(
    readFileSync(new URL('./common-passwords.txt', import.meta.url), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#')),
  );
  return common.has(createHash('sha256').update(skeletonOf(password)).digest('base64url').slice(0, 8));
}

const plain = (text: string): string => text.normalize('NFKC').toLowerCase();
const lettersAndDigits = (text: string): string => text.replaceAll(/[^\p{L}\p{N}]/gu, '');
const lettersIn = (text: string): number => text.match(/\p{L}/gu)?.length ?? 0;

/** Whether little is left of a password without these words. */
function isMadeOf(password: string, words: string[]): boolean {
  return [plain, skeletonOf].some((form) => {
    const known = words
      .map((word) => lettersAndDigits(form(word)))
      .filter((word) => word.length >= WORD_LETTERS)
      .sort((a, b) => b.length - a.length);
    const whole = lettersAndDigits(form(password));
    const rest = known.reduce((left, word) => left.replaceAll(word, ''), whole);
    return rest !== whole && lettersIn(rest) < OWN_LETTERS;
  });
}

export interface PasswordContext {
  username: string;
  college: string;
}

/** Why a password is refused, as a sentence that says what to do; undefined when it may be chosen. */
export function weakness(password: string, { username, college }: PasswordContext): string | undefined {
  if (isCommon(password)) return `This is one of the passwords that guessers try first. ${ADVICE}`;
  if (isMadeOf(password, [username])) return `This is little more than the user name. ${ADVICE}`;
  if (isMadeOf(password, [PRODUCT, college, ...college.split(/\s+/)])) {
    return `This is little more than the name of the college or of this program. ${ADVICE}`;
  }
  return undefined;
}
