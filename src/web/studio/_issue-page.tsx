import { listAuditEntries } from '../../audit/audit-log.ts';
import type { Context } from '../../context.ts';
import { getIssue, type Issue } from '../../issues/record/issue.ts';
import { listChangedFacts } from '../../issues/facts/changed-facts.ts';
import { describeTime } from '../../sending/control/pause.ts';
import { loadPreview } from '../../sending/personalize/load-copy.ts';
import type { PersonalCopy } from '../../sending/personalize/personal-copy.ts';
import { findByAddress } from '../../subscribers/address/find-by-address.ts';
import { countDeliveries } from '../../sending/settle/count-deliveries.ts';
import { type PageContext, readField, showPage } from '../layout/page.tsx';
import { MAIL_POLICY } from '../layout/security-headers.ts';
import { actorOf, NameForm } from './_actor.tsx';
import { describeAudience } from './_audience.ts';
import { Checks, InboxLines, listOpenFindings } from './_checks-panel.tsx';
import { ChoiceReasons } from './_choice-reasons.tsx';
import { ChangedFacts } from './_facts-panel.tsx';
import { History } from './_history-panel.tsx';
import { Decisions, listOpenDeliveries } from './_decisions-panel.tsx';
import { Actions, Progress, ProgressFrame } from './_sending-panel.tsx';
import { loadVoting, Votes } from './_votes-panel.tsx';

const MAX_HISTORY = 50;

type View = 'desktop' | 'phone' | 'text' | 'headers';

const VIEWS: Record<View, string> = { desktop: 'Desktop', phone: 'Phone', text: 'Text', headers: 'Headers' };

/** The issue exactly as a chosen reader gets it, the reasons for its content, and the possible actions. */
export async function studioIssuePage(c: PageContext) {
  const context = c.get('context');
  const issue = await getIssue(context.db, c.req.param('week') ?? '');
  const readerId = await findReader(context, c.req.query('reader'));
  const view = readView(c.req.query('view'));
  const copy = await loadPreview(context, issue, readerId);
  const counts = await countDeliveries(context.db, issue.id);
  const open = await listOpenDeliveries(context, issue, counts);
  const findings = await listOpenFindings(context, issue);
  const changes = await listChangedFacts(context.db, issue);
  const isSending = issue.status === 'sending' || issue.status === 'paused';
  const children = (
    <>
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
      <ChangedFacts issue={issue} changes={changes} />
      <Checks issue={issue} findings={findings} />
      <InboxLines issue={issue} />
      <Decisions issue={issue} open={open} />
      {issue.status === 'sending' ? <ProgressFrame week={issue.week} /> : null}
      {issue.status === 'paused' ? <Progress counts={counts} /> : null}
      <Mail
        issue={issue}
        copy={copy}
        view={view}
        readerId={readerId}
        isUnknown={c.req.query('reader') === 'unknown'}
      />
      {issue.prepared_at && !isSending ? <Progress counts={counts} /> : null}
      <Votes issue={issue} voting={await loadVoting(context, issue)} />
      <ChoiceReasons choice={issue.choice} />
      <History entries={await listAuditEntries(context.db, MAX_HISTORY, issue.week)} />
      <NameForm actor={actorOf(c)} />
    </>
  );
  return showPage(c, { title: issue.week, children });
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

/** Only the mail, for the iframe. */
export async function issueCopy(c: PageContext) {
  const context = c.get('context');
  const issue = await getIssue(context.db, c.req.param('week') ?? '');
  const copy = await loadPreview(context, issue, await findReader(context, c.req.query('reader')));
  c.header('Content-Security-Policy', MAIL_POLICY);
  // Links open outside the frame, as in webmail.
  return c.html(copy.html.replace('<head>', '<head><base target="_blank">'));
}

/** Uses POST, so that no address appears in a URL. */
export async function chooseReader(c: PageContext) {
  const email = await readField(c, 'email');
  const { db } = c.get('context');
  const reader = await findByAddress(db, email);
  const choice = reader ? `reader=${reader.id}` : 'reader=unknown';
  return c.redirect(`/studio/issues/${c.req.param('week')}?${choice}`, 303);
}

async function findReader({ db }: Context, id: string | undefined): Promise<number> {
  const requestedId = Number(id);
  const reader = await db
    .selectFrom('subscribers')
    .select('id')
    .where(
      Number.isSafeInteger(requestedId) && requestedId > 0
        ? ({ eb }) => eb('id', '=', requestedId)
        : ({ eb }) => eb('status', '=', 'active'),
    )
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return reader?.id ?? 0;
}

function readView(name: string | undefined): View {
  return name !== undefined && name in VIEWS ? (name as View) : 'desktop';
}

interface MailProps {
  issue: Issue;
  copy: PersonalCopy;
  view: View;
  readerId: number;
  /** No reader has the requested address. */
  isUnknown: boolean;
}

function Mail({ issue, copy, view, readerId, isUnknown }: MailProps) {
  const path = `/studio/issues/${issue.week}`;
  return (
    <section className="sheet" aria-labelledby="mail">
      <h2 id="mail">As a reader gets it</h2>
      {isUnknown ? (
        <p className="problem" role="alert">
          No reader has that address.
        </p>
      ) : null}
      <form method="post" action={`${path}/reader`} className="row">
        <div className="grow">
          <label htmlFor="reader">Another reader’s address</label>
          <input id="reader" name="email" type="email" required />
        </div>
        <button type="submit" className="plain">
          Show their mail
        </button>
      </form>
      <p className="quiet">
        Shown: reader {readerId || '—'}. Its links look like that reader’s and change nothing.
      </p>
      <ul className="tabs">
        {Object.entries(VIEWS).map(([name, label]) => (
          <li key={name}>
            <a
              href={`${path}?reader=${readerId}&view=${name}`}
              aria-current={name === view ? 'page' : undefined}
            >
              {label}
            </a>
          </li>
        ))}
      </ul>
      <MailView copy={copy} view={view} source={`${path}/copy?reader=${readerId}`} />
    </section>
  );
}

function MailView({ copy, view, source }: { copy: PersonalCopy; view: View; source: string }) {
  switch (view) {
    case 'text':
      return <pre>{copy.text}</pre>;
    case 'headers':
      return <pre>{headerLines(copy)}</pre>;
    case 'desktop':
    case 'phone':
      return (
        <iframe
          title={`The mail at ${view} width`}
          src={source}
          className={view}
          sandbox="allow-popups allow-popups-to-escape-sandbox"
        />
      );
  }
}

function headerLines({ from, reply_to, subject, headers }: PersonalCopy): string {
  const all = { From: from, ...(reply_to ? { 'Reply-To': reply_to } : {}), Subject: subject, ...headers };
  return Object.entries(all)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
