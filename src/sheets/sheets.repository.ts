// How are sheets read? All of a course by its partition; all of the college course by course, or in one go where that is less work.
import type { Dynamo } from '../platform/dynamo/client.ts';
import { countItems, inTurns, queryAll, scanAll } from '../platform/dynamo/reads.ts';
import { fromSheetItem } from './sheet.ts';
import type { Sheet } from './sheet.ts';

const AT_ONCE = 24;
/** Up to so many items of `system` a course, going through all of them is less work than a question for every course. */
const SCANNED_A_COURSE = 40;
const SHEETS = { FilterExpression: 'begins_with(pk, :sheet)', ExpressionAttributeValues: { ':sheet': 'sheet#' } };

export function createSheetsRepository(dynamo: Dynamo) {
  /** All sheets of a course, as they are stored now. */
  async function ofCourse(course_id: string): Promise<Sheet[]> {
    const items = await queryAll(dynamo, 'system', {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': `sheet#${course_id}` },
      ConsistentRead: true,
    });
    return items.map(fromSheetItem);
  }

  return {
    ofCourse,
    /** Hands out every sheet of these courses; at start only. */
    ofCourses: async (course_ids: string[], take: (sheet: Sheet) => void): Promise<void> => {
      if ((await countItems(dynamo, 'system')) > SCANNED_A_COURSE * course_ids.length) {
        await inTurns(course_ids, AT_ONCE, async (course_id) => (await ofCourse(course_id)).forEach(take));
        return;
      }
      const wanted = new Set(course_ids);
      for await (const item of scanAll(dynamo, 'system', SHEETS)) {
        const sheet = fromSheetItem(item);
        if (wanted.has(sheet.course_id)) take(sheet);
      }
    },
  };
}
