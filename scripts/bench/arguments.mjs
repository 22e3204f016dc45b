// What does the command line ask for?
import { parseArgs } from 'node:util';

export const USAGE = `npm run bench -- [options]
  --only a,b      only these, named below
  --users 1,10,50 concurrent users
  --seconds 2     of each measurement
  --short         half a minute for CI: fails on wrong answers and on more than twice the committed CPU
  --commit        keep the CPU per request of this run as the committed one
  --scale 1,10,100,1000  so many demo colleges at once (250 students each), instead of the usual run
  --profile       a CPU profile of the server for each operation
  --root DIR      measure the built app of another checkout
  --json FILE     write every figure
  --markdown      put the tables into docs/performance.md`;

/** The command line can't be understood; the message is one line. */
export class BadArguments extends Error {}

const numbers = (name, text) => {
  const list = text.split(',').map(Number);
  if (list.every((n) => Number.isInteger(n) && n > 0 && n <= 5_000)) return list;
  throw new BadArguments(`--${name} is a list of whole numbers, like 1,10,50.`);
};

const seconds = (text) => {
  const n = Number(text);
  if (n >= 0.5 && n <= 600) return n;
  throw new BadArguments('--seconds is a number from 0.5 to 600.');
};

/** `known`: names that --only may hold; a word like `pages` stands for all that begin with it. */
function chosen(text, known) {
  if (text === undefined) return undefined;
  return text.split(',').flatMap((word) => {
    const exact = known.filter((name) => name === word);
    const found = exact.length > 0 ? exact : known.filter((name) => name.startsWith(word.replace(/s$/, '')));
    if (found.length === 0) throw new BadArguments(`--only: there is no ${word}. There are: ${known.join(', ')}.`);
    return found;
  });
}

export function readArguments(args, known) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      strict: true,
      options: {
        only: { type: 'string' },
        users: { type: 'string' },
        seconds: { type: 'string' },
        scale: { type: 'string' },
        json: { type: 'string' },
        root: { type: 'string' },
        profile: { type: 'boolean' },
        short: { type: 'boolean' },
        commit: { type: 'boolean' },
        markdown: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }));
  } catch (error) {
    throw new BadArguments(error.message.split('\n')[0]);
  }
  return {
    help: values.help === true,
    only: chosen(values.only, known),
    users: values.users === undefined ? undefined : numbers('users', values.users),
    scales: values.scale === undefined ? undefined : numbers('scale', values.scale),
    seconds: values.seconds === undefined ? undefined : seconds(values.seconds),
    json: values.json,
    root: values.root,
    profile: values.profile === true,
    short: values.short === true,
    commit: values.commit === true,
    markdown: values.markdown === true,
  };
}
