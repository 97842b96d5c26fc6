import type { Context } from '../../context.ts';
import { listAuditEntries } from '../../audit/audit-log.ts';
import { getIssue, type Issue } from '../../issues/record/issue.ts';
import { listChangedFacts } from '../../issues/facts/changed-facts.ts';
import { describeTime } from '../../sending/control/pause.ts';
import { countDeliveries } from '../../sending/settle/count-deliveries.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { loadReview, ReviewPanel } from '../studio-review/review-panel.tsx';
import { STUDIO_SCRIPT_PATH } from '../studio-review/studio-script.ts';
import { actorOf, NameForm } from '../studio-shared/actor.tsx';
import { describeAudience } from '../studio-shared/audience.ts';
import { isUnapproved, listOpenFindings } from '../studio-shared/open-findings.ts';
import { Checks } from './_checks-panel.tsx';
import { type Addition, Comparisons } from './_comparisons-panel.tsx';
import { StudioNav } from '../studio-shared/studio-nav.tsx';
import { Editing } from './_editing-panel.tsx';
import { ChoiceReasons } from './_choice-reasons.tsx';
import { ChangedFacts } from './_facts-panel.tsx';
import { History } from '../studio-shared/history-panel.tsx';
import { Decisions, listOpenDeliveries } from './_decisions-panel.tsx';
import { Actions, Progress, ProgressFrame, SendTime } from './sending-panel.tsx';
import { loadVoting, Votes } from './_votes-panel.tsx';

const MAX_HISTORY = 50;
const MAX_ADDITIONS = 100;

/** The issue exactly as a chosen reader gets it, the reasons for its content, and the possible actions. */
export async function studioIssuePage(c: PageContext) {
  const context = c.get('context');
  const issue = await getIssue(context.db, c.req.param('week') ?? '');
  const counts = await countDeliveries(context.db, issue.id);
  const open = await listOpenDeliveries(context, issue, counts);
  const findings = await listOpenFindings(context, issue);
  const changes = await listChangedFacts(context.db, issue);
  const isSending = issue.status === 'sending' || issue.status === 'paused';
  const children = (
    <>
      <StudioNav />
      <Heading issue={issue} />
      <p className="notice">{await describeAudience(context, issue, counts)}</p>
      {issue.resume_at ? (
        <p className="notice">Sending resumes automatically at {describeTime(issue.resume_at)}.</p>
      ) : null}
      <Actions
        issue={issue}
        passesChecks={findings.length === 0}
        hasChangedFacts={changes.length > 0}
        counts={counts}
      />
      <SendTime issue={issue} timezone={context.config.timezone} />
      <ChangedFacts issue={issue} changes={changes} />
      <Checks issue={issue} findings={findings} />
      <Desk issue={issue} additions={await listAdditions(context, issue)} />
      <Decisions issue={issue} open={open} />
      {issue.status === 'sending' ? <ProgressFrame week={issue.week} /> : null}
      {issue.status === 'paused' ? <Progress counts={counts} /> : null}
      <ReviewPanel issue={issue} review={await loadReview(c, issue)} />
      {issue.prepared_at && !isSending ? <Progress counts={counts} /> : null}
      <Votes issue={issue} voting={await loadVoting(context, issue)} />
      <ChoiceReasons choice={issue.choice} />
      <History entries={await listAuditEntries(context.db, MAX_HISTORY, { week: issue.week })} />
      <NameForm actor={actorOf(c)} />
    </>
  );
  return showPage(c, { title: issue.week, children, script: STUDIO_SCRIPT_PATH });
}

function Heading({ issue }: { issue: Issue }) {
  return (
    <>
      <p className="kicker">
        {issue.week} · issue {issue.number} · <span className="chip chip-plain">{issue.status}</span>
        {issue.status_reason ? ` ${issue.status_reason}` : ''}
      </p>
      <h1>{issue.content.subject}</h1>
      <p className="quiet">{issue.content.preheader}</p>
    </>
  );
}

/** What staff may change in an issue that is not approved, on wide screens beside the mail as it is now. */
function Desk({ issue, additions }: { issue: Issue; additions: readonly Addition[] }) {
  return isUnapproved(issue) ? (
    <div className="desk">
      <div>
        <Editing issue={issue} />
        <Comparisons issue={issue} additions={additions} />
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

/** Those that were considered first, best first; then whatever else is published, newest first. */
async function listAdditions({ db, now }: Context, { content, choice }: Issue): Promise<Addition[]> {
  const used = new Set([content.lead, ...content.more].map(({ slug }) => slug));
  const considered = choice.rejections.map(({ slug, reasons }) => ({ slug, why: reasons.join('; ') }));
  const published = await db
    .selectFrom('comparisons')
    .select('slug')
    .where('published_at', '<=', now())
    .orderBy('published_at', 'desc')
    .limit(MAX_ADDITIONS)
    .execute();
  const known = new Set(considered.map(({ slug }) => slug));
  const others = published
    .filter(({ slug }) => !known.has(slug))
    .map(({ slug }) => ({ slug, why: 'published' }));
  return [...considered, ...others].filter(({ slug }) => !used.has(slug)).slice(0, MAX_ADDITIONS);
}
