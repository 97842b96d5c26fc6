import type { Context } from '../../context.ts';
import { checkIssue } from '../../issues/checks/check-issue.ts';
import { describeFinding } from '../../issues/checks/finding.ts';
import type { Issue } from '../../issues/issue.ts';
import { renderIssue } from '../../issues/render.tsx';

/** What stands in the way of approving a draft; empty for an issue that is past that. */
export async function listFindings({ config }: Context, { status, content }: Issue): Promise<string[]> {
  return status === 'draft'
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
