// What would a pasted column do to a sheet, whatever a spreadsheet or a person pasted?
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPaste } from '../../src/browser/pasted-column.ts';
import type { PasteInto } from '../../src/browser/pasted-column.ts';
import { cellsOf, MOST_CHARACTERS, MOST_LINES } from '../../src/browser/pasted-text.ts';

const targets = [
  { id: 'a', code: 'S0001', name: 'Layla Haddad', now: '' },
  { id: 'b', code: 'S0002', name: 'Mateo García', now: '70' },
  { id: 'c', code: 'S0003', name: 'Ngozi Balogun', now: '' },
  { id: 'd', code: 'S0004', name: 'Tom Hill', now: '' },
  { id: 'e', code: 'S0005', name: 'Tom Hill', now: '' },
];
const results: PasteInto = { kind: 'results', targets, from: 0, max: 100 };
const attendance: PasteInto = { kind: 'attendance', targets, from: 0, max: null };

/** `id value` of what would land. */
const landing = (text: string, into = results): string[] =>
  readPaste(text, into)
    .lines.filter(({ outcome }) => outcome === 'lands')
    .map(({ target, value }) => `${target!.id} ${value}`);
const outcomes = (text: string, into = results) => readPaste(text, into).lines.map(({ outcome }) => outcome);

describe('one column', () => {
  it('goes down the list from where it was pasted', () => {
    expect(landing('81\n82\n83\n')).toEqual(['a 81', 'b 82', 'c 83']);
    expect(landing('81\r\n82', { ...results, from: 2 })).toEqual(['c 81', 'd 82']);
  });

  it('skips nobody: an empty line leaves its student alone', () => {
    expect(landing('81\n\n83')).toEqual(['a 81', 'c 83']);
  });

  it('says what has no row any more', () => {
    expect(outcomes('1\n2\n3', { ...results, from: 3 })).toEqual(['lands', 'lands', 'nobody-left']);
  });

  it('reads decimal commas, and a heading, and what is there already', () => {
    expect(landing('Marks\n95,5\n70,0\n12.25')).toEqual(['a 95.5', 'c 12.25']);
    expect(outcomes('Marks\n95,5\n70,0')).toEqual(['lands', 'same']);
  });

  it.each([
    ['absent', 'no-mark'],
    ['-5', 'no-mark'],
    ['1e3', 'no-mark'],
    ['1,000', 'no-mark'],
    ['12.1234567', 'no-mark'],
    ['100.5', 'above'],
    ['101', 'above'],
    ['', 'empty'],
  ])('takes %s for %s', (text, outcome) => {
    expect(outcomes(`${text}\n50`)[0]).toBe(outcome);
  });

  it('asks for no maximum where none is typed', () => {
    expect(outcomes('500', { ...results, max: null })).toEqual(['lands']);
  });

  it('of marks of attendance is letters or words, in any case', () => {
    expect(landing('P\nabsent\nLATE\nx', attendance)).toEqual(['a Present', 'b Absent', 'c Late']);
    expect(outcomes('x\n1', attendance)).toEqual(['no-mark', 'no-mark']);
  });
});

describe('columns with students', () => {
  it.each([
    ['tabs', 'S0003\t83\nS0001\t81'],
    ['semicolons', 'S0003;83\nS0001;81'],
    ['commas', 'S0003,83\nS0001,81'],
    ['marks first', '83\tS0003\n81\tS0001'],
    ['other columns', '1\tS0003\tNgozi Balogun\tBSc\t83\n2\tS0001\tLayla Haddad\tBSc\t81'],
    ['names', 'ngozi  balogun\t83\nLayla Haddad\t81'],
    ['quotes', '"S0003","83"\n"S0001","81"'],
    ['a heading', 'attempt;student_code;marks\n1;S0003;83\n1;S0001;81'],
  ])('are told by code or exact name: %s', (what, text) => {
    if (what === 'other columns') expect(readPaste(text, results).fault).toContain('More than one column');
    else expect(landing(text)).toEqual(['c 83', 'a 81']);
  });

  it('follow the heading where several columns hold numbers', () => {
    expect(landing('No\tCode\tQuiz\tMarks\n1\tS0001\t5\t81')).toEqual(['a 81']);
    expect(readPaste('Code\tMarks\tAttempt\nS0001\t\t3', results).lines.map(({ outcome }) => outcome)).toEqual([
      'empty',
    ]);
  });

  it('never take half a decimal comma for a mark', () => {
    expect(readPaste('S0001,95,5\nS0003,80,25', results).fault).toContain('More than one column');
    expect(readPaste('S0001,95,1234567', results).fault).toContain('More than one column');
    expect(outcomes('code,marks\nS0001,95,5\nS0003,80')).toEqual(['too-wide', 'lands']);
    expect(landing('S0001;95,5')).toEqual(['a 95.5']);
    expect(landing('S0001,"95,5"')).toEqual(['a 95.5']);
  });

  it('say which code nobody has, which name two have, and who is named twice', () => {
    expect(outcomes('S0001\t1\nS9999\t2\nTom Hill\t3\nS0003\t4\ns0003\t5')).toEqual([
      'lands',
      'unknown',
      'two-names',
      'doubled',
      'doubled',
    ]);
  });

  it('that name nobody land nowhere', () => {
    expect(readPaste('X1\t5\nX2\t6', results).fault).toContain('No column holds codes or names');
    expect(outcomes('code\tmarks\nX1\t5')).toEqual(['unknown']);
  });
});

describe('whatever is pasted', () => {
  it('is bounded, with a sentence', () => {
    expect(readPaste('1\n'.repeat(MOST_LINES), results).fault).toBe('');
    expect(readPaste('1\n'.repeat(MOST_LINES + 1), results).fault).toContain('501 lines');
    expect(readPaste('1'.repeat(MOST_CHARACTERS + 1), results).fault).toContain('100 KB');
    expect(readPaste('\t'.repeat(60) + '1', results).fault).toContain('columns');
    expect(readPaste(' \n\t\n', results).fault).toContain('nothing');
  });

  it('reads quoted cells as spreadsheets write them, and takes an open quote as it stands', () => {
    expect(cellsOf('"a\nb"\t"say ""hi"""\n', '\t')).toEqual([['a b', 'say "hi"']]);
    expect(cellsOf('"open\t1\nx\t2', '\t')).toEqual([
      ['"open', '1'],
      ['x', '2'],
    ]);
  });

  const cell = fc.oneof(
    fc.constantFrom(
      'S0001',
      's0002',
      'S0005',
      'Layla Haddad',
      'Tom Hill',
      'Marks',
      'code',
      'P',
      'late',
      '',
      '"',
      '95,5',
    ),
    fc.integer({ min: -2, max: 120 }).map(String),
    fc.string({ maxLength: 6 }),
  );
  const text = fc
    .tuple(fc.constantFrom('\t', ';', ','), fc.array(fc.array(cell, { maxLength: 4 }), { maxLength: 12 }))
    .map(([separator, lines]) => lines.map((line) => line.join(separator)).join('\n'));
  const into = fc.record({
    kind: fc.constantFrom('results' as const, 'attendance' as const),
    targets: fc.constant(targets),
    from: fc.nat(5),
    max: fc.constantFrom(null, 100),
  });

  it('never lands on one student twice, nor with a value that was not pasted', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary', maxLength: 60 })), into, (pasted, where) => {
        const { fault, lines } = readPaste(pasted, where);
        const landed = lines.filter(({ outcome }) => outcome === 'lands' || outcome === 'same');
        expect(new Set(landed.map(({ target }) => target!.id)).size).toBe(landed.length);
        if (fault !== '') expect(lines).toEqual([]);
        for (const { text: given, value, target } of landed) {
          expect(targets).toContain(target);
          // Cells are shown with single spaces, so the paste is compared without any.
          expect(pasted.replaceAll(/\s|"/g, '')).toContain(given.replaceAll(/\s|"/g, ''));
          if (where.kind === 'attendance')
            expect(value.charAt(0).toLowerCase()).toBe(given.normalize('NFKC').charAt(0).toLowerCase());
          else expect(Number(value)).toBe(Number(given.replace(',', '.')));
          if (where.kind === 'results') expect(Number(value)).toBeLessThanOrEqual(where.max ?? 1_000_000);
        }
        for (const { outcome, value } of lines) if (outcome !== 'lands' && outcome !== 'same') expect(value).toBe('');
      }),
      { numRuns: 100 },
    );
  });

  it('in one column keeps every line with its own student', () => {
    const marks = fc.array(fc.oneof(fc.constant(''), fc.integer({ min: 0, max: 100 }).map(String)), { maxLength: 8 });
    fc.assert(
      fc.property(marks, fc.nat(4), (column, from) => {
        for (const { line, target } of readPaste(column.join('\n'), { ...results, from }).lines)
          if (target) expect(target).toBe(targets[from + line - 1]);
      }),
    );
  });
});
