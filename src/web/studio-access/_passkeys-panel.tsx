import type { Row } from '../../database/schema.ts';
import { describeTime } from '../../week.ts';

/** Somebody's passkeys, and the way to add one. */
export function Passkeys({
  passkeys,
}: {
  passkeys: Pick<Row<'staff_passkeys'>, 'id' | 'name' | 'created_at'>[];
}) {
  return (
    <section className="sheet" aria-labelledby="passkeys">
      <h2 id="passkeys">Passkeys</h2>
      <p>Sign in with your fingerprint, face, PIN or security key, without waiting for a mail.</p>
      <ul className="plain-list">
        {passkeys.map(({ id, name, created_at }) => (
          <li key={id}>
            <form method="post" action="/studio/passkeys/remove" className="row">
              <input type="hidden" name="id" value={id} />
              <span className="grow">
                {name || 'A passkey'}
                {created_at ? `, added ${describeTime(created_at)}` : ''}
              </span>
              <button type="submit" className="plain">
                Remove it
              </button>
            </form>
          </li>
        ))}
      </ul>
      <noscript>
        <p>To add one, let this page run its script.</p>
      </noscript>
      <div hidden data-passkeys data-next="/studio/account" className="row">
        <div className="grow">
          <label htmlFor="passkey">Name of this device</label>
          <input id="passkey" name="passkey" maxLength={60} placeholder="Work laptop" />
        </div>
        <button type="button" data-passkey="add">
          Add a passkey
        </button>
        <output data-passkey-status />
      </div>
    </section>
  );
}
