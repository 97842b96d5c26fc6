import { isUnapproved } from '../studio-shared/open-findings.ts';
import type { Candidate, Issue } from '../../issues/record/issue.ts';

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
      {findings.length > 0 ? <Override week={issue.week} /> : null}
    </section>
  );
}

function Override({ week }: { week: string }) {
  return (
    <form method="post" action={`/studio/issues/${week}/approve`} className="row">
      <div className="grow">
        <label htmlFor="why">Reason for approving it anyway</label>
        <input id="why" name="why" required maxLength={500} />
      </div>
      <button type="submit">Approve despite failed checks</button>
    </form>
  );
}

/** A form for the subject and preheader: staff choose a candidate or write their own. */
export function InboxLines({ issue }: { issue: Issue }) {
  const { content, choice, week } = issue;
  return isUnapproved(issue) ? (
    <section className="sheet" aria-labelledby="lines">
      <h2 id="lines">In the inbox</h2>
      <form method="post" action={`/studio/issues/${week}/edit`} className="wide">
        <InboxLine
          name="subject"
          label="Subject, 30 to 60 characters"
          value={content.subject}
          candidates={choice.subjects}
        />
        <InboxLine
          name="preheader"
          label="Preheader, 40 to 110 characters"
          value={content.preheader}
          candidates={choice.preheaders}
        />
        <button type="submit" className="plain">
          Save subject and preheader
        </button>
      </form>
    </section>
  ) : null;
}

interface InboxLineProps {
  name: string;
  label: string;
  value: string;
  candidates?: readonly Candidate[] | undefined;
}

function InboxLine({ name, label, value, candidates = [] }: InboxLineProps) {
  const list = `${name}s`;
  return (
    <>
      <label htmlFor={name}>{label}</label>
      <p>
        <input id={name} name={name} list={list} required maxLength={200} defaultValue={value} />
      </p>
      <datalist id={list}>
        {candidates.map(({ text }) => (
          <option key={text} value={text} />
        ))}
      </datalist>
    </>
  );
}
