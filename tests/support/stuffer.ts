import { signPage, signSubscriber, signVote } from '../../src/links/tokens.ts';
import { CONSENT_WORDING } from '../../src/web/layout/sign-up-form.tsx';
import type { TestApp } from './test-app.ts';
import { judgeCrowds } from '../../src/votes/crowds/judge-crowds.ts';
import { visitAndVoteAll } from './visit.ts';

const PER_HOUR = 20;

export interface Joiner {
  email: string;
  /** The address from which the form and the confirmation come. */
  source: string;
}

/**
 * Signs up and confirms over HTTP, as the owner of these mailboxes does; returns the readers' ids. Needs
 * TRUSTED_PROXIES=1.
 */
export async function join(app: TestApp, joiners: readonly Joiner[]): Promise<number[]> {
  const { clock } = app;
  const ids: number[] = [];
  // As fast as the limits for one source allow.
  for (let first = 0; first < joiners.length; first += PER_HOUR) {
    const hour = joiners.slice(first, first + PER_HOUR);
    ids.push(...(await Promise.all(hour.map((joiner) => joinOne(app, joiner)))));
    clock.now = new Date(clock.now.getTime() + 3_600_000);
  }
  return ids;
}

async function joinOne(app: TestApp, { email, source }: Joiner): Promise<number> {
  const { context, clock } = app;
  const minuteAgo = new Date(clock.now.getTime() - 60_000);
  const started = signPage(context.linkKeys, { issue_id: 0, subscriber_id: 0 }, minuteAgo);
  await postFrom(app, source, '/subscribe', { email, wording: CONSENT_WORDING, started });
  const { id } = await context.db
    .selectFrom('subscribers')
    .select('id')
    .where('email', '=', email)
    .executeTakeFirstOrThrow();
  await postFrom(app, source, `/confirm/${signSubscriber(context.linkKeys, 'confirm', id)}`, {});
  return id;
}

function postFrom(
  app: TestApp,
  source: string,
  path: string,
  fields: Record<string, string>,
): Promise<Response> {
  return app.request(path, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { Origin: app.url, 'X-Forwarded-For': source },
  });
}

/** Each reader opens the mail's link and, five seconds later, presses the button after a human interaction with the page. */
export async function voteAll(
  app: TestApp,
  issueId: number,
  readers: readonly { id: number; source: string }[],
  choice: 'ship' | 'skip',
  tool = 'harborlight',
): Promise<void> {
  const pathOf = (id: number) =>
    `/v/${signVote(app.context.linkKeys, { issue_id: issueId, subscriber_id: id })}/${tool}/${choice}`;
  await visitAndVoteAll(
    app,
    readers.map(({ id, source }) => ({ path: pathOf(id), source })),
  );
}

/**
 * Votes as `voteAll` does, and then judges like the job that runs every ten minutes: after a slow judgement, votes are not
 * judged at once.
 */
export async function voteAllAndJudge(...args: Parameters<typeof voteAll>): Promise<void> {
  const [{ context }, issueId] = args;
  await voteAll(...args);
  await judgeCrowds(context, issueId);
}
