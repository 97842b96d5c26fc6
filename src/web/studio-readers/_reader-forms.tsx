import type { ReaderHistory } from '../reader-data/load-reader.ts';

/** What can be done for a reader. */
export function ReaderActions({
  subscriber: { id, status, suppressed_at },
  isAdmin,
  problem,
}: Pick<ReaderHistory, 'subscriber'> & { isAdmin: boolean; problem: string | undefined }) {
  return (
    <section className="sheet" aria-labelledby="actions">
      <h2 id="actions">For them</h2>
      {status === 'pending' ? (
        <form method="post" action={`/studio/readers/${id}/confirmation`} className="row">
          <button type="submit" className="plain">
            Send the confirmation again
          </button>
        </form>
      ) : null}
      {status === 'active' || status === 'pending' ? (
        <form method="post" action={`/studio/readers/${id}/unsubscribe`} className="row">
          <div className="grow">
            <label htmlFor="why">Why, such as “asked by phone”</label>
            <input id="why" name="why" required maxLength={200} />
          </div>
          <button type="submit" className="plain">
            Unsubscribe them
          </button>
        </form>
      ) : null}
      {status === 'suppressed' || suppressed_at ? null : <SuppressForm id={id} />}
      {isAdmin ? (
        <>
          <p>
            <a href={`/studio/readers/${id}/export`}>Everything about them as JSON</a>
          </p>
          <EraseForm id={id} problem={problem} />
        </>
      ) : (
        <p>Only an admin can export or erase a reader.</p>
      )}
    </section>
  );
}

/** Closed, since it cannot be taken back and is seldom what a reader asks for. */
function SuppressForm({ id }: { id: number }) {
  return (
    <details>
      <summary>Never mail them again</summary>
      <p>
        Their address goes on the suppression list: neither a sign-up nor an import brings them back, and that
        cannot be taken back here. To stop mail until they sign up again, unsubscribe them.
      </p>
      <form method="post" action={`/studio/readers/${id}/suppress`} className="row">
        <div className="grow">
          <label htmlFor="why-suppress">Why</label>
          <input id="why-suppress" name="why" required maxLength={200} />
        </div>
        <button type="submit" className="stop">
          Suppress them for good
        </button>
      </form>
    </details>
  );
}

function EraseForm({ id, problem }: { id: number; problem: string | undefined }) {
  return (
    <>
      <form method="post" action={`/studio/readers/${id}/erase`} className="row">
        <div className="grow">
          <label htmlFor="address">To erase everything about them, type their address</label>
          <input
            id="address"
            name="address"
            required
            autoComplete="off"
            aria-describedby={problem ? 'problem' : undefined}
          />
        </div>
        <button type="submit" className="stop">
          Erase them for good
        </button>
      </form>
      {problem ? (
        <p className="problem" id="problem" role="alert">
          {problem}
        </p>
      ) : null}
    </>
  );
}
