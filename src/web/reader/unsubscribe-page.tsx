import { verifySubscriberToken, signSubscriber } from '../../links/tokens.ts';
import { maskAddress } from '../../subscribers/address/mask-address.ts';
import { canUndo, undoUnsubscribe, unsubscribe } from '../../subscribers/leave/unsubscribe.ts';
import { type PageContext, showPage } from '../layout/page.tsx';

/** One page with one button; asks for nothing else (16 CFR 316.5). */
export async function unsubscribePage(c: PageContext) {
  const subscriber = await findSubscriber(c);
  return subscriber ? showState(c, subscriber) : c.notFound();
}

/** RFC 8058: the request has no cookies, Origin or session, and any body or none. Responds with 200, never a redirect. */
export async function unsubscribeAction(c: PageContext) {
  const subscriber = await findSubscriber(c);
  if (!subscriber) {
    return c.notFound();
  }
  await unsubscribe(c.get('context'), subscriber.id);
  const after = await findSubscriber(c);
  return after ? showState(c, after) : c.notFound();
}

export async function undoUnsubscribeAction(c: PageContext) {
  const subscriber = await findSubscriber(c);
  if (!subscriber) {
    return c.notFound();
  }
  const { linkKeys } = c.get('context');
  if (await undoUnsubscribe(c.get('context'), subscriber.id)) {
    return c.redirect(`/preferences/${signSubscriber(linkKeys, 'preferences', subscriber.id)}`, 303);
  }
  const after = await findSubscriber(c);
  if (!after) {
    return c.notFound();
  }
  return after.status === 'active' ? showKept(c, after) : showState(c, after);
}

/** Pressed twice: the first press has undone it. Nobody who has only this link gets one to the preferences. */
function showKept(c: PageContext, { email }: Subscriber) {
  const children = (
    <div className="sheet narrow">
      <h1>You’re subscribed</h1>
      <p role="status">Issues keep coming to {maskAddress(email)}.</p>
    </div>
  );
  return showPage(c, { title: 'You’re subscribed', children });
}

async function findSubscriber(c: PageContext) {
  const { db, linkKeys } = c.get('context');
  const id = verifySubscriberToken(linkKeys, 'unsubscribe', c.req.param('token') ?? '');
  return id === undefined
    ? undefined
    : db.selectFrom('subscribers').selectAll().where('id', '=', id).executeTakeFirst();
}

type Subscriber = NonNullable<Awaited<ReturnType<typeof findSubscriber>>>;

function showState(c: PageContext, subscriber: Subscriber) {
  // Whoever has a forwarded mail has this link as well.
  const address = maskAddress(subscriber.email);
  const action = `/unsubscribe/${c.req.param('token')}`;
  const isSubscribed = subscriber.status === 'active' || subscriber.status === 'pending';
  const children = (
    <div className="sheet narrow">
      {isSubscribed ? (
        <Unsubscribe address={address} action={action} />
      ) : (
        <Unsubscribed
          address={address}
          action={action}
          hasUndo={canUndo(subscriber, c.get('context').now())}
        />
      )}
    </div>
  );
  return showPage(c, { title: isSubscribed ? 'Unsubscribe' : 'You’re unsubscribed', children });
}

function Unsubscribe({ address, action }: { address: string; action: string }) {
  return (
    <>
      <h1>Unsubscribe {address}?</h1>
      <p>One press, and Weekly AI Tool Verdicts stops right away.</p>
      <form method="post" action={action}>
        <button type="submit" className="big">
          Unsubscribe
        </button>
      </form>
    </>
  );
}

function Unsubscribed({ address, action, hasUndo }: { address: string; action: string; hasUndo: boolean }) {
  return (
    <>
      <h1>You’re unsubscribed</h1>
      <p role="status">We won’t send anything more to {address}.</p>
      {hasUndo ? (
        <>
          <p>Wasn’t you? Someone may have used a link in an issue that you forwarded.</p>
          <form method="post" action={`${action}/undo`}>
            <button type="submit" className="plain">
              Undo: keep me subscribed
            </button>
          </form>
        </>
      ) : null}
    </>
  );
}
