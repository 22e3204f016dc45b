// May the rows of a posted sheet change? Only for a reason, and then the change is an amendment.
import { Invalid } from '../platform/errors.ts';
import type { Sheet } from './sheet.ts';

/** The reason that the trail keeps: none for a sheet that is not posted. Throws Invalid without one for a posted sheet. */
export function amendmentOf({ posted }: Sheet, reason: string | null | undefined): string | undefined {
  if (posted === null) return undefined;
  if (reason) return reason;
  const message = 'These results are posted: say in 3 to 500 characters why they change.';
  throw new Invalid([{ field: 'reason', message }]);
}
