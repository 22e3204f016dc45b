// What happens to a request, step by step? The whole pipeline on one page; docs/contract.md §3 fixes the order of its checks.
import express from 'express';
import type { Express, RequestHandler } from 'express';
import type { Store } from 'express-session';
import { apiRouter } from './api.ts';
import { attendanceRoutes } from './attendance/attendance.routes.ts';
import { courseRoutes } from './courses/courses.routes.ts';
import { dashboardRoutes } from './dashboard/dashboard.routes.ts';
import { offlineRoutes, waitingRoutes } from './offline/offline.routes.ts';
import { createToday } from './platform/clock.ts';
import { actors, useContext } from './platform/http/actor.ts';
import { createAssets } from './platform/http/assets.ts';
import { formBody } from './platform/http/body.ts';
import { csrfGuard } from './platform/http/csrf.ts';
import { errorHandler, nothingHere } from './platform/http/error-handler.ts';
import { hasPath, pageMethods, passwordChanged, signedIn } from './platform/http/gate.ts';
import { healthRoutes } from './platform/http/health.ts';
import type { Readiness } from './platform/http/health.ts';
import { originGuard } from './platform/http/origin.ts';
import { usePages } from './platform/http/page.ts';
import { requestLog } from './platform/http/request-log.ts';
import { neverStored, securityHeaders } from './platform/http/security.ts';
import { sessions } from './platform/http/session.ts';
import { publicFiles } from './platform/http/static-files.ts';
import { createTurns, inTurn } from './platform/http/turns.ts';
import type { Platform } from './platform/platform.ts';
import { privacyRoutes } from './privacy/privacy.routes.ts';
import { resultRoutes } from './results/results.routes.ts';
import type { Services } from './services.ts';
import { studentRoutes } from './students/students.routes.ts';
import { historyRoutes } from './trail/history.routes.ts';
import { accountRoutes } from './users/account.routes.ts';
import { useSignIn } from './users/passport.ts';
import { createSignInLimits } from './users/sign-in-limits.ts';
import { signInRoutes } from './users/sign-in.routes.ts';
import { userRoutes } from './users/users.routes.ts';

export interface Extra {
  store: Store;
  ready: Readiness;
  /** Hears of sessions that end by signing out. */
  signedOut?: (session_id: string) => void;
}

export interface App {
  app: Express;
  /** For the handshake of sockets: the same sessions as for pages. */
  sessionMiddleware: RequestHandler;
}

export function createApp(platform: Platform, services: Services, { store, ready, signedOut }: Extra): App {
  const { config, log, clock } = platform;
  const today = createToday(clock, config.timeZone);
  const sessionMiddleware = sessions(config, store);
  const turns = createTurns();

  const app = express();
  app.set('trust proxy', config.trustProxy);
  app.disable('x-powered-by');
  app.disable('etag'); // ETags are versions of records here, and pages are never stored
  useContext(app);
  usePages(app, { config, today, assets: createAssets(), turns });
  useSignIn(app, {
    users: services.users,
    limits: createSignInLimits(clock),
    events: services.signIns,
    clock,
    cookie: config.cookie,
    signedOut,
  });

  app.use(requestLog(log));
  app.use(hasPath);
  app.use(securityHeaders(config));
  app.use(healthRoutes(config, clock, ready));
  app.use(publicFiles());
  app.use(inTurn(turns));

  app.use(neverStored);
  app.use(offlineRoutes(config));
  app.use(originGuard(config));
  app.use(sessionMiddleware);
  app.use(actors({ login: services.users.login, clock }));
  app.use('/api', apiRouter(platform, services));

  app.use(pageMethods);
  app.use(['/login', '/logout'], formBody());
  app.use(signInRoutes(config));

  app.use(signedIn);
  app.use(passwordChanged);
  app.use(formBody());
  app.use(csrfGuard);
  app.use(accountRoutes(services.users));
  app.use(waitingRoutes());
  app.use(dashboardRoutes(services, today));
  app.use(studentRoutes(services, today));
  app.use(courseRoutes(services, today));
  app.use(userRoutes(services));
  app.use(attendanceRoutes(services, today));
  app.use(resultRoutes(services));
  app.use(historyRoutes(services));
  app.use(privacyRoutes(services));

  app.use(nothingHere);
  app.use(errorHandler(log));
  return { app, sessionMiddleware };
}
