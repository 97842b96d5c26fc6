export interface RefusedReader {
  email: string;
  consent_source: string;
  confirmed_at: string;
  problem: string;
}

/** A form for one reader who agreed elsewhere; open if what was typed was refused. */
export function AddReader({ refused }: { refused: RefusedReader | undefined }) {
  return (
    <details open={refused !== undefined}>
      <summary>Add one reader</summary>
      <p>
        For somebody who agreed elsewhere, such as on paper or by mail. They get no mail about being added.
      </p>
      <form method="post" action="/studio/import/reader" autoComplete="off">
        {refused ? (
          <p className="problem" id="add-problem" role="alert">
            {refused.problem}
          </p>
        ) : null}
        <p>
          <label htmlFor="add-email">Address</label>
          <input
            id="add-email"
            name="email"
            inputMode="email"
            required
            defaultValue={refused?.email}
            aria-describedby={refused ? 'add-problem' : undefined}
          />
        </p>
        <p>
          <label htmlFor="add-source">How they agreed, such as “list at the fair in Bonn”</label>
          <input id="add-source" name="consent_source" required defaultValue={refused?.consent_source} />
        </p>
        <p>
          <label htmlFor="add-confirmed">On which day, if not today</label>
          <input id="add-confirmed" name="confirmed_at" type="date" defaultValue={refused?.confirmed_at} />
        </p>
        <button type="submit" className="plain">
          Add them
        </button>
      </form>
    </details>
  );
}
