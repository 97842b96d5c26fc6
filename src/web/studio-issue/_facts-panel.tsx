import { describeChange, type FactChange } from '../../issues/facts/changed-facts.ts';
import { describeFinding } from '../../issues/finding/finding.ts';
import { ShownVersionFields } from './_sending-panel.tsx';
import type { Issue } from '../../issues/record/issue.ts';

interface ChangedFactsProps {
  issue: Issue;
  changes: readonly FactChange[];
  /** Changes despite which staff have approved or released it as it is. */
  accepted: readonly FactChange[];
}

/** Facts that have changed since the issue was made from them, side by side, and what can be done. */
export function ChangedFacts({ issue, changes, accepted }: ChangedFactsProps) {
  const areAccepted = changes.length === 0;
  const shown = areAccepted ? accepted : changes;
  if (shown.length === 0) {
    return null;
  }
  return (
    <section className="sheet" aria-labelledby="facts">
      <h2 id="facts">
        {areAccepted
          ? 'It goes out as it is, although facts have changed'
          : `Facts have changed since it was ${issue.approved_at ? 'approved' : 'drafted'}`}
      </h2>
      <table className="even">
        <thead>
          <tr>
            <th scope="col">Fact</th>
            <th scope="col">In this issue</th>
            <th scope="col">Now</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ place, before, now }) => (
            <tr key={place}>
              <th scope="row">{place}</th>
              <td>{before ?? '—'}</td>
              <td>{now ?? '—'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        Taking the new facts writes the same comparisons again and keeps what you have written yourself
        {issue.approved_at ? '; the issue has to be approved again' : ''}.
      </p>
      <form method="post" action={`/studio/issues/${issue.week}/take-facts`} className="row">
        <button type="submit">Take the new facts</button>
      </form>
      {issue.approved_at && issue.status === 'held' && !areAccepted ? (
        <ReleaseUnchanged issue={issue} changes={changes} />
      ) : null}
    </section>
  );
}

function ReleaseUnchanged({ issue, changes }: Pick<ChangedFactsProps, 'issue' | 'changes'>) {
  return (
    <form method="post" action={`/studio/issues/${issue.week}/release`} className="row" autoComplete="off">
      <ShownVersionFields
        issue={issue}
        findings={changes.map((change) => describeFinding(describeChange(change)))}
      />
      <div className="grow">
        <label htmlFor="keep">Reason for sending it as it was approved</label>
        <input id="keep" name="why" required maxLength={500} />
      </div>
      <button type="submit" className="plain">
        Release it unchanged
      </button>
    </form>
  );
}
