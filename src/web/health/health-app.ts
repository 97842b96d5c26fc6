import { Hono } from 'hono';
import type { Context } from '../../context.ts';
import { healthz, onSchedule, readyz } from './health.ts';
import type { AppEnv } from '../layout/page.tsx';

/** The health endpoints of a process that runs only the worker. */
export function createHealthApp(context: Context): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    c.set('context', context);
    await next();
  });
  app.get('/healthz', healthz);
  app.get('/readyz', readyz);
  app.get('/onschedule', onSchedule);
  return app;
}
