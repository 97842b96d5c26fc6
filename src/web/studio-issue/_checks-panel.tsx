import type { Issue } from '../../issues/record/issue.ts';
import { ShownVersionFields } from './_sending-panel.tsx';

/** The findings with a form to approve despite them, or the findings that staff overrode and their reason. */
export function Checks({ issue, findings }: { issue: Issue; findings: readonly string[] }) {
  const [reason, ...overridden] = issue.approved_despite?.split('\n') ?? [];
  if (findings.length === 0 && reason === undefined) {
    return null;
  }
  return (
    <section className="sheet" aria-labelledby="checks">
      <h2 id="checks">
        {reason === undefined ? 'This issue fails its checks' : 'Approved despite failed checks'}
      </h2>
      {reason === undefined ? null : <p>“{reason}”</p>}
      <ul>
        {[...findings, ...overridden].map((finding) => (
          <li key={finding}>{finding}</li>
        ))}
      </ul>
      {findings.length > 0 ? <Override issue={issue} findings={findings} /> : null}
    </section>
  );
}

function Override({ issue, findings }: { issue: Issue; findings: readonly string[] }) {
  return (
    <form method="post" action={`/studio/issues/${issue.week}/approve`} className="row" autoComplete="off">
      <ShownVersionFields issue={issue} findings={findings} />
      <div className="grow">
        <label htmlFor="why">Reason for approving it anyway</label>
        <input id="why" name="why" required maxLength={500} />
      </div>
      <button type="submit">
        {issue.status === 'held'
          ? 'Approve despite failed checks, and release'
          : 'Approve despite failed checks'}
      </button>
    </form>
  );
}
