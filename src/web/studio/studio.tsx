import { Hono } from 'hono';
import { AppError } from '../../errors.ts';
import { approveIssue } from '../../issues/decide/approve.ts';
import { editIssue } from '../../issues/decide/edit.ts';
import { holdIssue, releaseIssue } from '../../issues/decide/hold.ts';
import { loopbackOnly } from '../../network/loopback-only.ts';
import { countAsSent, type DecisionRequest, sendAgain } from '../../sending/control/decide-deliveries.ts';
import { DELIVERY_STATUSES } from '../../sending/rules/delivery-status.ts';
import { cancelIssue, pauseIssue, resumeIssue } from '../../sending/control/pause.ts';
import { decideVotes, type VoteDecision } from '../../votes/moderate/decide-votes.ts';
import { parseWeek } from '../../week.ts';
import { type AppEnv, type PageContext, readField } from '../layout/page.tsx';
import { chooseReader, issueCopy, studioIssuePage } from './_issue-page.tsx';
import { studioPage } from './_overview-page.tsx';

const DECIDED_BY = 'studio';

interface Fields {
  reason: string;
  status: string;
  email: string;
  tool: string;
  mail_host: string;
  why: string;
  subject: string;
  preheader: string;
}

type Action = (c: PageContext, week: string, fields: Fields) => Promise<unknown>;

/** The action of each button in the studio. */
const ACTIONS: Record<string, Action> = {
  approve: (c, week, { why }) => approveIssue(c.get('context'), week, DECIDED_BY, why),
  edit: (c, week, { subject, preheader }) => editIssue(c.get('context'), week, { subject, preheader }),
  hold: (c, week, { reason }) => holdIssue(c.get('context'), week, reason || 'held in the studio'),
  release: (c, week) => releaseIssue(c.get('context'), week),
  pause: (c, week, { reason }) => pauseIssue(c.get('context'), week, reason || 'paused in the studio'),
  resume: (c, week) => resumeIssue(c.get('context'), week),
  cancel: (c, week) => cancelIssue(c.get('context'), week),
  'count-as-sent': (c, week, fields) => countAsSent(c.get('context'), week, requestOf(fields)),
  'release-votes': (c, week, fields) => decideVotes(c.get('context'), week, decisionOf('release', fields)),
  'void-votes': (c, week, fields) => decideVotes(c.get('context'), week, decisionOf('void', fields)),
  'send-again': (c, week, fields) => sendAgain(c.get('context'), week, requestOf(fields)),
};

/** Staff pages. There is no sign-in, so only a browser on this machine can open them. */
export function studio(): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(loopbackOnly);
  app.get('/', studioPage);
  app.get('/issues/:week', studioIssuePage);
  app.get('/issues/:week/copy', issueCopy);
  app.post('/issues/:week/reader', chooseReader);
  for (const [name, action] of Object.entries(ACTIONS)) {
    app.post(`/issues/:week/${name}`, (c) => runAction(c, action));
  }
  return app;
}

async function runAction(c: PageContext, action: Action) {
  const week = parseWeek(c.req.param('week') ?? '');
  const reason = (await readField(c, 'reason')).slice(0, 200);
  await action(c, week, {
    reason,
    status: await readField(c, 'status'),
    email: await readField(c, 'email'),
    tool: await readField(c, 'tool'),
    mail_host: await readField(c, 'mail_host'),
    why: (await readField(c, 'why')).slice(0, 500),
    subject: (await readField(c, 'subject')).slice(0, 200),
    preheader: (await readField(c, 'preheader')).slice(0, 200),
  });
  return c.redirect(`/studio/issues/${week}`, 303);
}

function decisionOf(
  decision: VoteDecision['decision'],
  { reason, tool, mail_host, why }: Fields,
): VoteDecision {
  return {
    decision,
    reason: reason || undefined,
    tool_slug: tool || undefined,
    mail_host: mail_host || undefined,
    why,
    by: DECIDED_BY,
  };
}

function requestOf({ status, email }: Fields): DecisionRequest {
  const knownStatus = DELIVERY_STATUSES.find((candidate) => candidate === status);
  if (!knownStatus) {
    throw new AppError(
      'invalid_input',
      'The form has no valid delivery status. Please reload the page and try again.',
    );
  }
  return { status: knownStatus, email: email || undefined, by: DECIDED_BY };
}
