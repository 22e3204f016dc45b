// Which shapes do answers of the API share? Zod schemas of what is sent, for the document and for the tests.
import { z } from 'zod';
import { id } from '../schema.ts';
import { filter, numberText } from '../list-query.ts';

/** Every record has these. */
export const recordFields = {
  version: z.int().min(1).meta({ description: 'Rises with every change; goes back in If-Match.' }),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
};

/** The denormalised names in marks and results, as they are now. */
export const nameFields = {
  student_code: z.string(),
  student_name: z.string(),
  course_code: z.string(),
  course_name: z.string(),
};

export const uuid = id('Id');

/** One page of a list that can be jumped in. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    items: z.array(item),
    total: z.int().min(0),
    page: z.int().min(1),
    page_size: z.int().min(1),
  });

/** One page of a list that is read on by its cursor. */
export const cursorPageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    items: z.array(item),
    next_cursor: z.string().nullable().meta({ description: 'Send it as `cursor` for the next page; null at the end.' }),
  });

/** The part of a query that cursor lists share. */
export const cursorQuery = {
  limit: numberText('Limit', 1, 1000).default(100),
  cursor: filter(z.string({ error: () => 'Cursor is one text.' }).max(2000)),
};

/** The answer of a sheet's PUT. */
export const sheetSaved = z
  .strictObject({
    created: z.int().min(0),
    updated: z.int().min(0),
    unchanged: z.int().min(0),
    removed: z.int().min(0),
    version: z.int().min(0).meta({ description: 'Of the sheet, after this call.' }),
  })
  .meta({ id: 'SheetSaved', description: 'How many rows were made, changed, found as they should be, and taken out.' });

/** RFC 9457. */
export const problem = z
  .looseObject({
    type: z.string().meta({
      description:
        'Ends in /must-change-password when that comes first, in /session-ended when the session was ended from elsewhere (said once); else about:blank.',
    }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'One sentence for the person who asked.' }),
    errors: z
      .array(z.strictObject({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'What is wrong with which field, like entries[3].version.' }),
  })
  .meta({ id: 'Problem', description: 'Why a call was refused (RFC 9457).' });

/** When and by whom a row of a sheet was stored. */
export const writtenFields = {
  updated_at: z.string().nullable().meta({ description: 'When the row was stored; null where nothing is stored.' }),
  updated_by: z.string().nullable().meta({ description: 'The name of who stored it; null where nothing is stored.' }),
};
