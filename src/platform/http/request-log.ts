// Which request was that, and how did it end? One id and one line each: no names, no e-mails, no bodies, no cookies.
import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import type { Logger } from '../logger.ts';
import { isBuilt } from './static-files.ts';

/** The pattern of the route that answered (`/students/:student_id`): a typed path may hold anything, a pattern nothing. */
function routeOf(req: Request): string {
  const route = req.route as { path?: unknown } | undefined;
  if (typeof route?.path !== 'string') return isBuilt(req.originalUrl) ? '/build' : '-';
  const base = req.baseUrl === '' && req.originalUrl.startsWith('/api/') ? '/api' : req.baseUrl;
  return route.path.startsWith(`${base}/`) ? route.path : base + route.path;
}

export const requestLog =
  (log: Logger): RequestHandler =>
  (req, res, next) => {
    const start = performance.now();
    req.id = randomUUID();
    res.setHeader('X-Request-Id', req.id);
    res.once('close', () => {
      const line = {
        id: req.id,
        method: req.method,
        route: routeOf(req),
        status: res.statusCode,
        ms: Math.round((performance.now() - start) * 10) / 10,
        ...(req.actor ? { user_id: req.actor.user_id } : {}),
        ...(res.writableFinished ? {} : { aborted: true }),
      };
      if (isBuilt(req.originalUrl) || req.path === '/healthz' || req.path === '/readyz') log.debug(line, 'request');
      else log.info(line, 'request');
    });
    next();
  };
