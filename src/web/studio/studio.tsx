import { Hono } from 'hono';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { approveIssue } from '../../issues/decide/approve.ts';
import { holdIssue, releaseIssue } from '../../issues/decide/hold.ts';
import { moveSendTime } from '../../issues/decide/move-send-time.ts';
import { skipWeek, unskipWeek } from '../../issues/decide/skip.ts';
import { takeNewFacts } from '../../issues/decide/take-new-facts.ts';
import { auditedIssueChange } from '../../issues/record/audit-issue.ts';
import { countAsSent, type DecisionRequest, sendAgain } from '../../sending/control/decide-deliveries.ts';
import { DELIVERY_STATUSES } from '../../sending/rules/delivery-status.ts';
import { cancelIssue, pauseIssue, resumeIssue } from '../../sending/control/pause.ts';
import { withdrawApproval } from '../../sending/control/withdraw-approval.ts';
import { prepareIssue } from '../../sending/prepare/prepare-issue.ts';
import { decideVotes, type VoteDecision } from '../../votes/moderate/decide-votes.ts';
import { parseWeek } from '../../week.ts';
import { type AppEnv, type PageContext, readField } from '../layout/page.tsx';
import { privatePage } from '../layout/security-headers.ts';
import { accountPage, endSession, removePasskey, signOut } from '../studio-access/account-page.tsx';
import { adminOnly, fromThisMachine, onStudioOrigin, signedIn } from '../studio-access/guard.ts';
import { ADDING_A_PASSKEY, passkeyEndpoint, USING_A_PASSKEY } from '../studio-access/passkeys.ts';
import { linkPage, requestLink, signInPage, useLink } from '../studio-access/sign-in-page.tsx';
import { actorOf, chooseName } from '../studio-shared/actor.tsx';
import { confirmationPage, findMissingConfirmation } from './_confirm-page.tsx';
import { arrangeAction, editAction } from '../studio-issue/edit-actions.tsx';
import { studioIssuePage } from '../studio-issue/issue-page.tsx';
import { learnCsv, learnPage } from '../studio-learn/learn-page.tsx';
import { eraseReader, sendConfirmationAgain, unsubscribeReader } from '../studio-readers/reader-actions.ts';
import { readerPage } from '../studio-readers/reader-page.tsx';
import { readersPage, searchReaders } from '../studio-readers/readers-page.tsx';
import { chooseReader } from '../studio-review/choose-reader.tsx';
import { issueCopy } from '../studio-review/review-panel.tsx';
import { progressEvents } from '../studio-watch/progress-events.ts';
import { progressFrame } from '../studio-watch/watch-panel.tsx';
import { studioPage } from '../studio-week/overview-page.tsx';

interface Fields {
  reason: string;
  status: string;
  email: string;
  tool: string;
  mail_host: string;
  why: string;
  to: string;
}

type Action = (context: Context, week: string, fields: Fields, by: string) => Promise<unknown>;

/** The action of each button in the studio. */
const ACTIONS: Record<string, Action> = {
  approve: (context, week, { why }, by) => approveIssue(context, week, by, why),
  withdraw: (context, week) => withdrawApproval(context, week),
  'take-facts': (context, week) => takeNewFacts(context, week),
  hold: (context, week, { reason }, by) => holdIssue(context, week, reason || `by ${by}`),
  release: (context, week, { why }) => releaseIssue(context, week, why),
  move: (context, week, { to }) => moveSendTime(context, week, to),
  skip: (context, week) => skipWeek(context, week),
  unskip: (context, week) => unskipWeek(context, week),
  'send-now': (context, week) => prepareIssue(context, week),
  pause: (context, week, { reason }, by) => pauseIssue(context, week, reason || `by ${by}`),
  resume: (context, week) => resumeIssue(context, week),
  cancel: (context, week) => cancelIssue(context, week),
  'count-as-sent': (context, week, fields, by) => countAsSent(context, week, requestOf(fields, by)),
  'release-votes': (context, week, fields, by) =>
    decideVotes(context, week, decisionOf('release', fields, by)),
  'void-votes': (context, week, fields, by) => decideVotes(context, week, decisionOf('void', fields, by)),
  'send-again': (context, week, fields, by) => sendAgain(context, week, requestOf(fields, by)),
};

/** They cannot be taken back: a page says what they do, and a number has to be typed there. */
const CONFIRMED = ['cancel', 'send-now'];

/** What concerns readers for ever. */
const ADMIN_ONLY = ['/readers/:id/erase'];

/** Staff pages: for a browser on this machine, or for whoever signs in. */
export function studio(mode: 'loopback' | 'sign-in'): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(privatePage);
  if (mode === 'loopback') {
    app.use(fromThisMachine);
  } else {
    app.use(onStudioOrigin);
    mountSignIn(app);
    app.use(signedIn);
    mountAccount(app);
  }
  for (const path of ADMIN_ONLY) {
    app.use(path, adminOnly);
  }
  app.get('/', studioPage);
  app.get('/issues/:week', studioIssuePage);
  app.get('/issues/:week/copy', issueCopy);
  app.get('/issues/:week/progress', progressFrame);
  app.get('/issues/:week/events', progressEvents);
  app.post('/issues/:week/edit', editAction);
  app.post('/issues/:week/arrange', arrangeAction);
  app.post('/name', chooseName);
  app.get('/learn', learnPage);
  app.get('/learn.csv', learnCsv);
  app.get('/readers', readersPage);
  app.post('/readers', searchReaders);
  app.get('/readers/:id', (c) => readerPage(c));
  app.post('/readers/:id/unsubscribe', unsubscribeReader);
  app.post('/readers/:id/confirmation', sendConfirmationAgain);
  app.post('/readers/:id/erase', eraseReader);
  app.post('/issues/:week/reader', chooseReader);
  for (const name of CONFIRMED) {
    app.get(`/issues/:week/${name}`, (c) => confirmationPage(c, name));
  }
  for (const [name, action] of Object.entries(ACTIONS)) {
    app.post(`/issues/:week/${name}`, (c) => runAction(c, name, action));
  }
  return app;
}

/** For strangers. */
function mountSignIn(app: Hono<AppEnv>): void {
  app.get('/sign-in', signInPage);
  app.post('/sign-in', requestLink);
  app.get('/sign-in/:token', linkPage);
  app.post('/sign-in/:token', useLink);
  for (const endpoint of USING_A_PASSKEY) {
    app.on(endpoint[0], `/auth${endpoint[1]}`, (c) => passkeyEndpoint(c, endpoint));
  }
}

function mountAccount(app: Hono<AppEnv>): void {
  app.get('/account', accountPage);
  app.post('/sign-out', signOut);
  app.post('/sessions/end', endSession);
  app.post('/passkeys/remove', removePasskey);
  for (const endpoint of ADDING_A_PASSKEY) {
    app.on(endpoint[0], `/auth${endpoint[1]}`, (c) => passkeyEndpoint(c, endpoint));
  }
}

async function runAction(c: PageContext, name: string, action: Action) {
  const context = c.get('context');
  const week = parseWeek(c.req.param('week') ?? '');
  const missing = CONFIRMED.includes(name) ? await findMissingConfirmation(c, name) : undefined;
  if (missing) {
    return missing;
  }
  const actor = actorOf(c);
  const fields = await readFields(c);
  const { email: _, ...request } = fields;
  await auditedIssueChange(context, actor, name.replaceAll('-', ' '), week, withoutEmpty(request), () =>
    action(context, week, fields, actor.name),
  );
  return c.redirect(`/studio/issues/${week}`, 303);
}

async function readFields(c: PageContext): Promise<Fields> {
  return {
    reason: (await readField(c, 'reason')).slice(0, 200),
    status: await readField(c, 'status'),
    email: await readField(c, 'email'),
    tool: await readField(c, 'tool'),
    mail_host: await readField(c, 'mail_host'),
    why: (await readField(c, 'why')).slice(0, 500),
    to: (await readField(c, 'to')).slice(0, 40),
  };
}

function withoutEmpty(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}

function decisionOf(
  decision: VoteDecision['decision'],
  { reason, tool, mail_host, why }: Fields,
  by: string,
): VoteDecision {
  return {
    decision,
    reason: reason || undefined,
    tool_slug: tool || undefined,
    mail_host: mail_host || undefined,
    why,
    by,
  };
}

function requestOf({ status, email }: Fields, by: string): DecisionRequest {
  const knownStatus = DELIVERY_STATUSES.find((candidate) => candidate === status);
  if (!knownStatus) {
    throw new AppError(
      'invalid_input',
      'The form has no valid delivery status. Please reload the page and try again.',
    );
  }
  return { status: knownStatus, email: email || undefined, by };
}
