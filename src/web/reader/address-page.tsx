import { verifySubscriberToken } from '../../links/tokens.ts';
import {
  type AddressChange,
  confirmAddressChange,
  findAddressChange,
} from '../../subscribers/preferences/change-address.ts';
import { type PageContext, showPage } from '../layout/page.tsx';

/** Shows the button. A GET changes nothing, because mail scanners open every link. */
export async function addressPage(c: PageContext) {
  const found = await findByToken(c);
  if (!found) {
    return c.notFound();
  }
  const children = (
    <div className="sheet narrow">
      <State {...found.change} />
    </div>
  );
  return showPage(c, { title: 'Your new address', children });
}

export async function confirmAddressAction(c: PageContext) {
  const found = await findByToken(c);
  if (!found) {
    return c.notFound();
  }
  const isChanged = await confirmAddressChange(c.get('context'), found.id);
  const isWaiting = !isChanged && (await findByToken(c))?.change.state === 'waiting';
  return !isWaiting
    ? c.redirect(new URL(c.req.url).pathname, 303)
    : showPage(c, { title: 'Nothing was changed', children: <Taken email={found.change.email} /> }, 409);
}

async function findByToken(c: PageContext): Promise<{ id: number; change: AddressChange } | undefined> {
  const context = c.get('context');
  const id = verifySubscriberToken(context.linkKeys, 'address', c.req.param('token') ?? '');
  const change = id === undefined ? undefined : await findAddressChange(context, id);
  return id === undefined || !change ? undefined : { id, change };
}

/** The new address has been signed up or suppressed since the change was requested. */
function Taken({ email }: { email: string }) {
  return (
    <div className="sheet narrow">
      <h1>Nothing was changed</h1>
      <p role="status">
        {email} has been signed up in the meantime, or can no longer get our mail. If it was you who signed it
        up, confirm that with the button in its email, and unsubscribe the other address.
      </p>
    </div>
  );
}

function State({ state, email }: AddressChange) {
  switch (state) {
    case 'waiting':
      return (
        <>
          <h1>Send it here from now on?</h1>
          <p>Weekly AI Tool Verdicts will come to {email} from now on.</p>
          <form method="post">
            <button type="submit" className="big">
              Yes, send it to this address
            </button>
          </form>
        </>
      );
    case 'done':
      return (
        <>
          <h1>Moved</h1>
          <p role="status">The next issue comes to {email}.</p>
        </>
      );
    case 'gone':
      return (
        <>
          <h1>This link no longer works</h1>
          <p>Nothing was changed. To try again, use the preferences link at the end of any issue.</p>
        </>
      );
  }
}
