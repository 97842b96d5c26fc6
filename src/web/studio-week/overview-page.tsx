import { findBlocker } from '../../installation/blocker.ts';
import type { Context } from '../../context.ts';
import { type Issue, listIssues } from '../../issues/record/issue.ts';
import { findNextDraft } from '../../issues/record/next-draft.ts';
import { describeSendTime } from '../../issues/record/send-time.ts';
import { describeWidestGap } from '../../issues/write/recap.ts';
import type { Row } from '../../database/schema.ts';
import { countDeliveries } from '../../sending/deliveries/count-deliveries.ts';
import { loadTallies } from '../../votes/tally/load-tallies.ts';
import { communityPercent, totalOf } from '../../votes/tally/tally.ts';
import { wasSentBeforeRestore } from '../../issues/decide/draft.ts';
import { isSkipped } from '../../issues/record/status.ts';
import { lastWeekOf } from '../../issues/decide/skip.ts';
import { type Week, weekOf } from '../../week.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { NameForm } from '../studio-shared/actor.tsx';
import { describeAudience } from '../studio-shared/audience.ts';
import { Issues } from './_issues-table.tsx';
import { loadJoinsAndLeaves, JoinsAndLeavesPanel } from './_joins-and-leaves-panel.tsx';
import { StudioNav } from '../studio-shared/studio-nav.tsx';
import { isVotingOpen, listTasks, type Task } from './_tasks.ts';
import { Timeline } from './_timeline.tsx';

const MAX_ISSUES = 30;
const MAX_NOTICES = 10;

/** The first page of the studio: where the week stands, what needs a person, and how things go. */
export async function studioPage(c: PageContext) {
  const context = c.get('context');
  const { config, db } = context;
  const blocker = await findBlocker(db);
  const issues = await listIssues(db, MAX_ISSUES);
  const week = weekOf(context.now(), config.timezone);
  const [next] = issues
    .filter(
      (issue) =>
        issue.prepared_at === null &&
        (issue.status !== 'cancelled' || lastWeekOf(issue, config.timezone) >= week),
    )
    .toSorted((a, b) => Number(isSkipped(a)) - Number(isSkipped(b)) || Number(a.send_at) - Number(b.send_at));
  const last = issues.find(({ prepared_at }) => prepared_at !== null);
  const notices = await db
    .selectFrom('staff_notices')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(MAX_NOTICES)
    .execute();
  const children = (
    <>
      <StudioNav current="This week" />
      <h1>This week</h1>
      {blocker ? (
        <p className="problem" role="alert">
          {blocker.message}
        </p>
      ) : null}
      <Tasks tasks={await listTasks(context, issues)} />
      <div className="columns">
        {next ? (
          <NextIssue context={context} issue={next} audience={await describeAudience(context, next, {})} />
        ) : (
          <NoDraft {...await planDraft(context, issues, week)} />
        )}
        {last ? (
          <LastIssue context={context} issue={last} figures={await loadFigures(context, last)} />
        ) : null}
      </div>
      <JoinsAndLeavesPanel {...await loadJoinsAndLeaves(context)} />
      {issues.length > 0 ? <Issues issues={issues} timezone={config.timezone} /> : null}
      {notices.length > 0 ? <Notices notices={notices} /> : null}
      <NameForm c={c} />
    </>
  );
  return showPage(c, { title: 'This week · Studio', children });
}

function Tasks({ tasks }: { tasks: readonly Task[] }) {
  return (
    <section className="sheet" aria-labelledby="tasks">
      <h2 id="tasks">{tasks.some(({ is_urgent }) => is_urgent) ? 'Needs you' : 'Nothing has to be done'}</h2>
      {tasks.length === 0 ? (
        <p>Whatever is planned happens by itself.</p>
      ) : (
        <ul className="ballot">
          {tasks.map(({ what, href, button, is_urgent, is_done_here }) => (
            <li key={what}>
              <span>{what}</span>
              {is_done_here ? (
                <form method="post" action={href}>
                  <button type="submit">{button}</button>
                </form>
              ) : (
                <a className={is_urgent ? 'button' : 'button plain'} href={href}>
                  {button}
                </a>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function NextIssue({ context, issue, audience }: { context: Context; issue: Issue; audience: string }) {
  return (
    <section className="sheet" aria-labelledby="next">
      <p className="kicker">Next: issue {issue.number}</p>
      <h2 id="next">
        <a href={`/studio/issues/${issue.week}`}>{issue.content.subject}</a>
      </h2>
      <p>{audience}</p>
      <Timeline context={context} issue={issue} />
    </section>
  );
}

/** When the next draft is made, and whether this week's can be made now: there is none, and none that a restore has lost. */
async function planDraft(context: Context, issues: readonly Issue[], week: Week) {
  const { at } = await findNextDraft(context);
  return {
    next: describeSendTime(at, context.config.timezone),
    mayDraft: !issues.some((issue) => issue.week === week) && !(await wasSentBeforeRestore(context.db, week)),
  };
}

function NoDraft({ next, mayDraft }: Awaited<ReturnType<typeof planDraft>>) {
  return (
    <section className="sheet" aria-labelledby="next">
      <p className="kicker">Next</p>
      <h2 id="next">No draft yet</h2>
      <p>The next one is made on {next}.</p>
      {mayDraft ? (
        <form method="post" action="/studio/draft">
          <button type="submit">Draft this week’s issue now</button>
        </form>
      ) : null}
    </section>
  );
}

interface Figures {
  delivered: number;
  mails: number;
  votes: number;
  held: number;
  gap: string | null;
}

async function loadFigures({ db }: Context, { id, content }: Issue): Promise<Figures> {
  const counts = await countDeliveries(db, id);
  const tallies = await loadTallies(db, id);
  const tools = [content.lead, ...content.more].flatMap((comparison) => comparison.tools);
  const tallyOf = new Map(tallies.map((tally) => [tally.tool_slug, tally]));
  return {
    // A complaint is about a mail that arrived.
    delivered: (counts.delivered ?? 0) + (counts.complained ?? 0),
    mails:
      Object.values(counts).reduce((sum, count) => sum + count, 0) -
      (counts.skipped ?? 0) -
      (counts.cancelled ?? 0),
    votes: tallies.reduce((sum, tally) => sum + totalOf(tally), 0),
    held: tallies.reduce((sum, tally) => sum + tally.held, 0),
    gap: describeWidestGap(tools, (slug) => communityPercent(tallyOf.get(slug))),
  };
}

function LastIssue({ context, issue, figures }: { context: Context; issue: Issue; figures: Figures }) {
  const { delivered, mails, votes, held, gap } = figures;
  return (
    <section className="sheet" aria-labelledby="last">
      <p className="kicker">
        Last: issue {issue.number}
        {isVotingOpen(issue) ? ', open for votes' : ''}
      </p>
      <h2 id="last">
        <a href={`/studio/issues/${issue.week}`}>{issue.content.subject}</a>
      </h2>
      <p>
        <strong>
          {delivered.toLocaleString('en')} of {mails.toLocaleString('en')}
        </strong>{' '}
        mails delivered, <strong>{votes.toLocaleString('en')}</strong> {votes === 1 ? 'vote' : 'votes'}{' '}
        counted, {held.toLocaleString('en')} held or voided. {gap}
      </p>
      <Timeline context={context} issue={issue} />
    </section>
  );
}

function Notices({ notices }: { notices: readonly Row<'staff_notices'>[] }) {
  return (
    <section className="sheet" aria-labelledby="notices">
      <h2 id="notices">Notices</h2>
      <ul className="plain">
        {notices.map((notice) => (
          <li key={notice.id}>
            <time dateTime={notice.created_at.toISOString()} className="quiet">
              {notice.created_at.toISOString().slice(0, 16).replace('T', ' ')} UTC
            </time>
            <br />
            {notice.message}
          </li>
        ))}
      </ul>
    </section>
  );
}
