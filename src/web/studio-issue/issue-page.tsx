import { sql } from 'kysely';
import { describeTime } from '../../week.ts';
import type { Context } from '../../context.ts';
import { listAuditEntries } from '../../audit/audit-log.ts';
import { listLeftOutPairs, listUses } from '../../issues/edit/arrange.ts';
import { listPossibleSteps, type PossibleSteps } from '../../issues/edit/undo.ts';
import { needsNewApproval } from '../../issues/decide/approve.ts';
import { reasonOfStatus } from '../../issues/decide/skip.ts';
import { isSkipped } from '../../issues/record/status.ts';
import { getIssue, type Issue } from '../../issues/record/issue.ts';
import { type FactChange, listAcceptedChanges, listChangedFacts } from '../../issues/facts/changed-facts.ts';
import { countDeliveries } from '../../sending/deliveries/count-deliveries.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { loadReview, ReviewPanel } from '../studio-review/review-panel.tsx';
import { STUDIO_SCRIPT_PATH } from '../studio-review/studio-script.ts';
import { NameForm } from '../studio-shared/actor.tsx';
import { describeAudience, isWeekOver } from '../studio-shared/audience.ts';
import { loadWatched, WatchPanel } from '../studio-watch/watch-panel.tsx';
import { WATCH_SCRIPT_PATH } from '../studio-watch/watch-script.ts';
import { isUnapproved, listOpenFindings } from '../studio-shared/open-findings.ts';
import { Checks } from './_checks-panel.tsx';
import { type Addition, Comparisons } from './_comparisons-panel.tsx';
import { StudioNav } from '../studio-shared/studio-nav.tsx';
import { Editing } from './_editing-panel.tsx';
import { ChoiceReasons } from './_choice-reasons.tsx';
import { ChangedFacts } from './_facts-panel.tsx';
import { History } from '../studio-shared/history-panel.tsx';
import { Actions, SendTime } from './_sending-panel.tsx';
import { loadVoting, Votes } from '../studio-votes/votes-panel.tsx';

const MAX_HISTORY = 50;
const MAX_ADDITIONS = 100;

/** The issue exactly as a chosen reader gets it, the reasons for its content, and the possible actions. */
export async function studioIssuePage(c: PageContext) {
  const context = c.get('context');
  const issue = await getIssue(context.db, c.req.param('week') ?? '');
  const counts = await countDeliveries(context.db, issue.id);
  const findings = await listOpenFindings(context, issue);
  const changes = await listChangedFacts(context.db, issue);
  const accepted = await listAcceptedChanges(context.db, issue);
  const isSending = issue.status === 'sending' || issue.status === 'paused';
  const watch = issue.prepared_at ? (
    <WatchPanel issue={issue} parts={await loadWatched(context, issue)} />
  ) : null;
  const children = (
    <>
      <StudioNav />
      <Heading issue={issue} />
      <p className="notice">
        {await describeAudience(context, issue, counts)}
        {describeObstacle(issue, findings, changes)}
      </p>
      {issue.resume_at ? <Resumes at={issue.resume_at} /> : null}
      <Actions
        issue={issue}
        passesChecks={findings.length === 0}
        hasChangedFacts={changes.length > 0}
        counts={counts}
        isOver={isWeekOver(context, issue)}
        isAhead={issue.send_at !== null && issue.send_at > context.now()}
        needsApproval={needsNewApproval(issue, context.config)}
      />
      <SendTime issue={issue} timezone={context.config.timezone} />
      <ChangedFacts issue={issue} changes={changes} accepted={accepted} />
      <Checks issue={issue} findings={findings} />
      <Desk
        issue={issue}
        steps={await listPossibleSteps(context.db, issue)}
        findings={findings}
        additions={await listAdditions(context, issue)}
      />
      {isSending ? watch : null}
      <ReviewPanel issue={issue} review={await loadReview(c, issue)} />
      {isSending ? null : watch}
      <Votes issue={issue} voting={await loadVoting(context, issue)} />
      <ChoiceReasons choice={issue.choice} />
      <History entries={await listAuditEntries(context.db, MAX_HISTORY, { week: issue.week })} />
      <NameForm c={c} />
    </>
  );
  const scripts = [STUDIO_SCRIPT_PATH, ...(watch ? [WATCH_SCRIPT_PATH] : [])];
  return showPage(c, { title: issue.week, children, scripts });
}

/** Why an issue that is planned will not go out as it is. */
function describeObstacle(
  { status }: Issue,
  findings: readonly string[],
  changes: readonly FactChange[],
): string | null {
  const why =
    changes.length > 0 ? 'its facts have changed' : findings.length > 0 ? 'it fails its checks' : undefined;
  return why && (status === 'draft' || status === 'approved')
    ? ` But it will be held, because ${why}.`
    : null;
}

function Resumes({ at }: { at: Date }) {
  return <p className="notice">Sending resumes automatically at {describeTime(at)}.</p>;
}

function Heading({ issue }: { issue: Issue }) {
  return (
    <>
      <p className="kicker">
        {issue.week} · issue {issue.number} ·{' '}
        <span className="chip chip-plain">{isSkipped(issue) ? 'skipped' : issue.status}</span>
        {reasonOfStatus(issue) ? ` ${reasonOfStatus(issue)}` : ''}
      </p>
      <h1>{issue.content.subject}</h1>
      <p className="quiet">{issue.content.preheader}</p>
    </>
  );
}

interface DeskProps {
  issue: Issue;
  steps: PossibleSteps;
  findings: readonly string[];
  additions: readonly Addition[];
}

/** What staff may change in an unapproved issue; on wide screens the mail is shown beside it. */
function Desk({ issue, steps, findings, additions }: DeskProps) {
  return isUnapproved(issue) ? (
    <div className="desk">
      <div>
        <Editing issue={issue} steps={steps} findings={findings} />
        <Comparisons issue={issue} additions={additions} />
        <a className="skip past" href="#mail">
          Skip the mail beside this
        </a>
      </div>
      <iframe
        title="The mail as it is now"
        src={`/studio/issues/${issue.week}/copy`}
        data-mail=""
        sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
      />
    </div>
  ) : null;
}

/** First those that were considered, best first; then whatever else is published, newest first. */
async function listAdditions({ db, now }: Context, issue: Issue): Promise<Addition[]> {
  const { week, content, choice } = issue;
  const used = new Set([content.lead, ...content.more].map(({ slug }) => slug));
  const pairs = await listLeftOutPairs(db, issue);
  const considered = choice.rejections.map(({ slug }) => slug);
  const newestFirst = db
    .selectFrom('comparisons')
    .innerJoin('tools as a', 'a.slug', 'tool_a')
    .innerJoin('tools as b', 'b.slug', 'tool_b')
    .select(['comparisons.slug', 'a.name as first', 'b.name as second'])
    .where('published_at', '<=', now())
    .orderBy('published_at', 'desc');
  const published = [
    ...(await newestFirst.where('comparisons.slug', '=', sql<string>`any(${considered}::text[])`).execute()),
    ...(await newestFirst
      .where('comparisons.slug', '<>', sql<string>`all(${considered}::text[])`)
      .limit(MAX_ADDITIONS)
      .execute()),
  ];
  const uses = await listUses(
    db,
    published.map(({ slug }) => slug),
    week,
  );
  const rankOf = (slug: string) => choice.rejections.findIndex((rejection) => rejection.slug === slug);
  const candidates = [
    ...pairs.map(({ slug, tools: [a, b] }) => ({ slug, first: a.name, second: b.name })),
    ...published,
  ];
  const additions = candidates.flatMap(({ slug, first, second }) => {
    const why =
      choice.rejections[rankOf(slug)]?.reasons.join('; ') ??
      (uses.has(slug) ? `was in ${uses.get(slug)}` : 'not considered');
    return used.has(slug) ? [] : [{ slug, name: `${first} vs ${second}`, why }];
  });
  const [ranked, others] = [
    additions.filter(({ slug }) => rankOf(slug) >= 0),
    additions.filter(({ slug }) => rankOf(slug) < 0),
  ];
  return [...ranked.toSorted((a, b) => rankOf(a.slug) - rankOf(b.slug)), ...others];
}
