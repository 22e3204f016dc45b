// Did this browser put the list of first steps away? A cookie says so: it is a matter of taste, not of record.
import type { Request, Response } from 'express';

const NAME = 'studentcore.first-steps';
const YEAR_MS = 365 * 24 * 3_600_000;

export const stepsHidden = (req: Request): boolean =>
  (req.get('cookie') ?? '').split(';').some((pair) => pair.trim() === `${NAME}=hidden`);

export function hideSteps(req: Request, res: Response): void {
  res.cookie(NAME, 'hidden', { maxAge: YEAR_MS, httpOnly: true, sameSite: 'lax', path: '/', secure: req.secure });
}
