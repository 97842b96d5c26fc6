import { Hono } from 'hono';
import { approveIssue } from '../../issues/approve.ts';
import { holdIssue, releaseIssue } from '../../issues/hold.ts';
import { loopbackOnly } from '../../loopback.ts';
import { cancelIssue, pauseIssue, resumeIssue } from '../../sending/pause.ts';
import { parseWeek } from '../../week.ts';
import { type Bindings, type PageContext, readField } from '../page.tsx';
import { chooseReader, issueCopy, studioIssuePage } from './issue-page.tsx';
import { studioPage } from './overview-page.tsx';

const BY = 'studio';

type Action = (c: PageContext, week: string, reason: string) => Promise<void>;

/** What each button of the studio does. */
const ACTIONS: Record<string, Action> = {
  approve: (c, week) => approveIssue(c.get('context'), week, BY),
  hold: (c, week, reason) => holdIssue(c.get('context'), week, reason || 'held in the studio'),
  release: (c, week) => releaseIssue(c.get('context'), week),
  pause: (c, week, reason) => pauseIssue(c.get('context'), week, reason || 'paused in the studio'),
  resume: (c, week) => resumeIssue(c.get('context'), week),
  cancel: (c, week) => cancelIssue(c.get('context'), week),
};

/** Staff pages: only for a browser on this machine until there is a sign-in. */
export function studio(): Hono<Bindings> {
  const app = new Hono<Bindings>();
  app.use(loopbackOnly);
  app.get('/', studioPage);
  app.get('/issues/:week', studioIssuePage);
  app.get('/issues/:week/copy', issueCopy);
  app.post('/issues/:week/reader', chooseReader);
  app.post('/issues/:week/:action', act);
  return app;
}

async function act(c: PageContext) {
  const week = parseWeek(c.req.param('week') ?? '');
  const name = c.req.param('action') ?? '';
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (!action) {
    return c.notFound();
  }
  const reason = await readField(c, 'reason');
  await action(c, week, reason.slice(0, 200));
  return c.redirect(`/studio/issues/${week}`, 303);
}
