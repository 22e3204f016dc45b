// What happens to an error that nobody caught? The one place that answers it: a page in words, or a problem document.
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { NotFound } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { problemOf } from './problem.ts';
import { isBuilt } from './static-files.ts';

/** The end of the line: whatever no route took. */
export const nothingHere: RequestHandler = (_req, _res, next) => {
  next(new NotFound('There is no such page. It may have been removed, or the address is mistyped.'));
};

/** Whether nobody looks at the answer: programs and script tags get no page. */
const isUnseen = (path: string): boolean => /^\/api(\/|\?|$)/.test(path) || isBuilt(path);

export const errorHandler =
  (log: Logger): ErrorRequestHandler =>
  // Express knows an error handler by its four parameters.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  (error: unknown, req, res, _next) => {
    const { status, headers, body } = problemOf(error, req.id);
    if (status === 500) log.error({ err: error, id: req.id }, 'a request failed');
    else if (status === 503) log.warn({ err: error, id: req.id }, 'a request could not be served');
    if (res.headersSent) {
      // Too late to say anything: the client must see that the answer is not whole.
      if (!res.writableEnded) res.destroy();
      return;
    }
    res.status(status).set(headers);
    if (isUnseen(req.originalUrl)) {
      res.type('application/problem+json').send(JSON.stringify(body));
      return;
    }
    // Asking again is harmless; sending again is for people to decide.
    const again = status === 503 && req.method === 'GET' ? req.originalUrl : undefined;
    res.page('error', { title: body.title, status, detail: body.detail, request_id: req.id, again });
  };
