// Which operations are there, by name?
import { pages } from './pages.mjs';
import { refused } from './refused.mjs';
import { sheets } from './sheets.mjs';
import { signIns } from './sign-in.mjs';
import { stats } from './stats.mjs';
import { students } from './students.mjs';
import { writes } from './writes.mjs';

const all = [...students, ...stats, ...pages, ...writes, ...sheets, ...signIns, ...refused];

export const operations = new Map(all.map((one) => [one.name, one]));
