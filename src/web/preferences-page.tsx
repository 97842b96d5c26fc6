import { readSubscriber, signSubscriber } from '../links.ts';
import type { Row } from '../schema.ts';
import { maskAddress } from '../subscribers/mask-address.ts';
import { pauseSubscriber } from '../subscribers/pause.ts';
import { type PageContext, readField, showPage } from './page.tsx';

const PAUSES_WEEKS = [2, 4, 8];

/** What a reader can set: a pause, or leaving. */
export async function preferencesPage(c: PageContext) {
  const subscriber = await findRequest(c);
  if (!subscriber) {
    return c.notFound();
  }
  const { linkKeys, now } = c.get('context');
  const unsubscribeUrl = `/unsubscribe/${signSubscriber(linkKeys, 'unsubscribe', subscriber.id)}`;
  const pausedUntil =
    subscriber.paused_until && subscriber.paused_until > now() ? subscriber.paused_until : null;
  const children = (
    <div className="sheet narrow">
      <h1>Your preferences</h1>
      <p role="status">{describeStatus(subscriber)}</p>
      {subscriber.status === 'active' ? <Pause pausedUntil={pausedUntil} /> : null}
      {subscriber.status === 'active' ? (
        <>
          <h2>Leave</h2>
          <p>
            <a href={unsubscribeUrl}>Unsubscribe</a>: one tap, no questions.
          </p>
        </>
      ) : (
        <p>
          To get it, <a href="/#sign-up">sign up</a>.
        </p>
      )}
    </div>
  );
  return showPage(c, { title: 'Your preferences', children });
}

export async function preferencesAction(c: PageContext) {
  const subscriber = await findRequest(c);
  if (!subscriber) {
    return c.notFound();
  }
  const weeks = await readField(c, 'weeks');
  if (weeks === '0' || PAUSES_WEEKS.includes(Number(weeks))) {
    await pauseSubscriber(c.get('context'), subscriber.id, Number(weeks));
  }
  return c.redirect(new URL(c.req.url).pathname, 303);
}

async function findRequest(c: PageContext): Promise<Row<'subscribers'> | undefined> {
  const { db, linkKeys } = c.get('context');
  const id = readSubscriber(linkKeys, 'preferences', c.req.param('token') ?? '');
  return id === undefined
    ? undefined
    : db.selectFrom('subscribers').selectAll().where('id', '=', id).executeTakeFirst();
}

function describeStatus({ email, status }: Row<'subscribers'>): string {
  const address = maskAddress(email);
  return status === 'active'
    ? `Weekly AI Tool Verdicts comes to ${address} once a week.`
    : `Weekly AI Tool Verdicts does not come to ${address}.`;
}

function Pause({ pausedUntil }: { pausedUntil: Date | null }) {
  return (
    <>
      <h2>Take a break</h2>
      {pausedUntil ? (
        <p role="status">
          Paused until {pausedUntil.toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'UTC' })}.
        </p>
      ) : (
        <p>Away for a while? Issues wait in the archive.</p>
      )}
      <form method="post" className="row">
        {pausedUntil ? (
          <button type="submit" name="weeks" value="0">
            End the pause
          </button>
        ) : (
          PAUSES_WEEKS.map((weeks) => (
            <button key={weeks} type="submit" name="weeks" value={weeks} className="plain">
              Pause for {weeks} weeks
            </button>
          ))
        )}
      </form>
    </>
  );
}
