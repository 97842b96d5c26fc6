import { runChecks } from '../../doctor/run-checks.ts';
import type { Finding, State } from '../../doctor/checks/finding.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { StudioNav } from '../studio-shared/studio-nav.tsx';

const HEADINGS: Readonly<Record<State, string>> = {
  error: 'Does not work',
  warning: 'Look at it',
  ok: 'In order',
};

/** What `verdicts doctor` says about the process that serves this page. */
export async function doctorPage(c: PageContext) {
  const findings = await runChecks(c.get('context'), process.env);
  const by = (state: State) => findings.filter((finding) => finding.state === state);
  const troubles = by('error').length + by('warning').length;
  const children = (
    <>
      <StudioNav current="Doctor" />
      <h1>{troubles === 0 ? 'Everything is in order' : `${troubles} to look at`}</h1>
      <p>
        Settings, database, queue, Resend, DNS and the webhook, as the process behind this page sees them now.{' '}
        <a href="/studio/doctor">Look again</a>, or at the <a href="/studio/lanes">lanes</a>.
      </p>
      {(['error', 'warning', 'ok'] as const).map((state) => (
        <Findings key={state} heading={HEADINGS[state]} findings={by(state)} state={state} />
      ))}
    </>
  );
  return showPage(c, { title: 'Doctor', children });
}

function Findings({ heading, findings, state }: { heading: string; findings: Finding[]; state: State }) {
  return findings.length === 0 ? null : (
    <section aria-labelledby={`state-${state}`}>
      <h2 id={`state-${state}`}>{heading}</h2>
      <dl className={`findings ${state}`}>
        {findings.map(({ name, message, advice }) => (
          <div key={`${name} ${message}`}>
            <dt>{name}</dt>
            <dd>
              {message}
              {advice ? <p className="advice">{advice}</p> : null}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
