import type { StoredChoice } from '../../issues/record/issue.ts';

/** Why each comparison was chosen or left out. */
export function ChoiceReasons({ choice }: { choice: StoredChoice }) {
  return (
    <section className="sheet" aria-labelledby="choice">
      <h2 id="choice">Why these comparisons</h2>
      <ol>
        {choice.picks.map((pick) => (
          <li key={pick.slug}>
            <a href={`/comparisons/${pick.slug}`}>{pick.slug}</a>{' '}
            <span className="quiet">({pick.points} points)</span>
            <ul>
              {pick.reasons.map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
      {choice.rejections.length > 0 ? (
        <>
          <h3>Left out</h3>
          <ul>
            {choice.rejections.map((rejection) => (
              <li key={rejection.slug}>
                {rejection.slug}: {rejection.reasons.join('; ')}
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </section>
  );
}
