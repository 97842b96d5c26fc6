import type { Context } from '../../context.ts';
import { checkIssue } from '../../issues/check/check-issue.ts';
import { describeFinding } from '../../issues/check/finding.ts';
import type { Candidate, Issue } from '../../issues/record/issue.ts';
import { renderIssue } from '../../issues/render/render.tsx';

/** Not approved yet, whether it waits or is held. */
function isUndecided({ status, approved_at }: Issue): boolean {
  return status === 'draft' || (status === 'held' && approved_at === null);
}

/** What stands in the way of approving a draft; empty for an issue that is past that. */
export async function listFindings({ config }: Context, issue: Issue): Promise<string[]> {
  const { content } = issue;
  return isUndecided(issue)
    ? (await checkIssue(content, await renderIssue(content, config))).map(describeFinding)
    : [];
}

/** What the checks found, and the way past them; or what staff passed, and why. */
export function Checks({ issue, findings }: { issue: Issue; findings: readonly string[] }) {
  const [reason, ...passed] = issue.approved_despite?.split('\n') ?? [];
  if (findings.length === 0 && reason === undefined) {
    return null;
  }
  return (
    <section className="sheet" aria-labelledby="checks">
      <h2 id="checks">
        {reason === undefined ? 'It does not pass its checks' : 'Approved in spite of its checks'}
      </h2>
      {reason === undefined ? null : <p>“{reason}”</p>}
      <ul>
        {[...findings, ...passed].map((finding) => (
          <li key={finding}>{finding}</li>
        ))}
      </ul>
      {findings.length > 0 ? <Override week={issue.week} /> : null}
    </section>
  );
}

function Override({ week }: { week: string }) {
  return (
    <form method="post" action={`/studio/issues/${week}/approve`} className="row">
      <div className="grow">
        <label htmlFor="why">Why it goes out all the same</label>
        <input id="why" name="why" required maxLength={500} />
      </div>
      <button type="submit">Approve in spite of them</button>
    </form>
  );
}

/** The lines that an inbox shows, to choose or to write. */
export function InboxLines({ issue }: { issue: Issue }) {
  const { content, choice, week } = issue;
  return isUndecided(issue) ? (
    <section className="sheet" aria-labelledby="lines">
      <h2 id="lines">In the inbox</h2>
      <form method="post" action={`/studio/issues/${week}/edit`}>
        <label htmlFor="subject">Subject, 30 to 60 characters</label>
        <p>
          <input
            id="subject"
            name="subject"
            list="subjects"
            required
            maxLength={200}
            defaultValue={content.subject}
          />
        </p>
        <label htmlFor="preheader">Preheader, 40 to 110 characters</label>
        <p>
          <input
            id="preheader"
            name="preheader"
            list="preheaders"
            required
            maxLength={200}
            defaultValue={content.preheader}
          />
        </p>
        <Candidates id="subjects" candidates={choice.subjects} />
        <Candidates id="preheaders" candidates={choice.preheaders} />
        <button type="submit" className="plain">
          Use these lines
        </button>
      </form>
    </section>
  ) : null;
}

function Candidates({ id, candidates = [] }: { id: string; candidates?: readonly Candidate[] | undefined }) {
  return (
    <datalist id={id}>
      {candidates.map(({ text }) => (
        <option key={text} value={text} />
      ))}
    </datalist>
  );
}
