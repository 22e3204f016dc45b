// Student fetch, list, search and page turn over the API: random ones out of the whole data set, checked against the plan.
import { request, textOf } from '../http-client.mjs';
import { reader } from '../world.mjs';

const SIZE = 25;
const QUERIES = 300;
/** Finding by hand what a search has to find takes long among very many. */
const FEWER_QUERIES = 60;
const MANY = 20_000;
/** Columns that a list can be ordered by, other than the code. */
const COLUMNS = ['full_name', 'program', 'email', 'semester', 'status', 'date_of_birth'];

const fold = (text) =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();

const get = (world, user, path, more = {}) => request('GET', path, { Cookie: reader(world, user).cookie, ...more });

/** The first field in which a record differs from its plan, or undefined. */
function differs(record, planned) {
  for (const [field, value] of Object.entries(planned)) {
    const same = Array.isArray(value)
      ? record[field]?.length === value.length && value.every((one) => record[field].includes(one))
      : record[field] === value;
    if (!same) return `${planned.student_code}: ${field} is ${JSON.stringify(record[field])}`;
  }
  return undefined;
}

function checkPage(answer, expected, page) {
  if (answer.status !== 200) return `status ${String(answer.status)}`;
  const { items, total } = JSON.parse(textOf(answer));
  if (total !== expected.length) return `total ${String(total)} instead of ${String(expected.length)}`;
  const wanted = expected.slice((page - 1) * SIZE, page * SIZE);
  if (items.length !== wanted.length) return `${String(items.length)} items instead of ${String(wanted.length)}`;
  for (const [i, item] of items.entries()) {
    if (item.student_id !== wanted[i].student_id) return `item ${String(i)} is ${item.student_code}`;
    if (item.full_name !== wanted[i].full_name || item.email !== wanted[i].email) return differs(item, wanted[i]);
  }
  return undefined;
}

const fetchStudent = {
  name: 'fetch',
  next: (world, user) => {
    const planned = world.chance.pick(world.byCode);
    return {
      text: get(world, user, `/api/students/${planned.student_id}`),
      check: (answer) =>
        answer.status === 200 ? differs(JSON.parse(textOf(answer)), planned) : `status ${String(answer.status)}`,
    };
  },
};

const listing = (name, more) => ({
  name,
  next: (world, user) => ({
    text: get(world, user, '/api/students', more),
    check: (answer) => checkPage(answer, world.byCode, 1),
  }),
});

/** Three to six letters out of some student's code, name or address, and who has them. */
function makeQueries(world) {
  const { chance } = world;
  const texts = world.byCode.map((s) => [s.student_code, s.full_name, s.email].map((text) => fold(text ?? '')));
  return Array.from({ length: texts.length > MANY ? FEWER_QUERIES : QUERIES }, () => {
    const [, name, email] = chance.pick(texts);
    const text = chance.whole(4) === 0 ? email : name;
    const length = 3 + chance.whole(4);
    const q = text
      .slice(chance.whole(Math.max(1, text.length - length)), text.length)
      .slice(0, length)
      .trim();
    return { q, found: world.byCode.filter((_, i) => texts[i].some((one) => one.includes(fold(q)))) };
  }).filter(({ q }) => q.length >= 3);
}

const search = {
  name: 'search',
  next: (world, user) => {
    world.queries ??= makeQueries(world);
    const { q, found } = world.chance.pick(world.queries);
    return {
      text: get(world, user, `/api/students?q=${encodeURIComponent(q)}&page_size=${String(SIZE)}`),
      check: (answer) => checkPage(answer, found, 1),
    };
  },
};

const turn = {
  name: 'turn',
  next: (world, user) => {
    world.byCodeDown ??= [...world.byCode].reverse();
    const down = world.chance.whole(2) === 1;
    const page = 1 + world.chance.whole(Math.ceil(world.byCode.length / SIZE));
    const path = `/api/students?page=${String(page)}&page_size=${String(SIZE)}${down ? '&order=desc' : ''}`;
    return {
      text: get(world, user, path),
      check: (answer) => checkPage(answer, down ? world.byCodeDown : world.byCode, page),
    };
  },
};

const { compare } = new Intl.Collator('en', { numeric: true });
const inOrder = (a, b) =>
  a === null || b === null ? a === null || a === b : typeof a === 'number' ? a <= b : compare(a, b) <= 0;

const sorted = {
  name: 'sorted',
  next: (world, user) => {
    const column = world.chance.pick(COLUMNS);
    const page = 1 + world.chance.whole(Math.ceil(world.byCode.length / SIZE));
    return {
      text: get(world, user, `/api/students?sort=${column}&page=${String(page)}&page_size=${String(SIZE)}`),
      check: (answer) => {
        if (answer.status !== 200) return `status ${String(answer.status)}`;
        const { items, total } = JSON.parse(textOf(answer));
        if (total !== world.byCode.length) return `total ${String(total)}`;
        const wrong = items.some((item, i) => i > 0 && !inOrder(items[i - 1][column], item[column]));
        return wrong ? `page ${String(page)} is not in order of ${column}` : undefined;
      },
    };
  },
};

export const students = [
  fetchStudent,
  listing('list', {}),
  listing('list-gzip', { 'Accept-Encoding': 'gzip' }),
  search,
  turn,
  sorted,
];
