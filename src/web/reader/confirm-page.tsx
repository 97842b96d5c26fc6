import { verifyConfirmation } from '../../links/tokens.ts';
import {
  type Confirmation,
  type ConfirmationState,
  confirmSubscriber,
  findConfirmation,
} from '../../subscribers/join/confirm.ts';
import { type VoteGesture, gestureWithoutJudge } from '../../votes/ballot/vote-gesture.ts';
import { findClientAddress } from '../request/client-address.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { readField } from '../request/read-form.ts';
import { VOTE_SCRIPT_PATH } from '../vote/vote-script.ts';

/** Not confirmed for a month, or the reader erased their data. */
const FORGOTTEN: Confirmation = {
  state: 'gone',
  email: '',
  requested_at: new Date(0),
  mail_class: 'unknown',
};

/** Shows the button. A GET confirms nobody, because mail scanners open every link. */
export async function confirmPage(c: PageContext) {
  const found = await findByToken(c);
  if (!found) {
    return c.notFound();
  }
  const { state, email, mail_class, requested_at } = found;
  const { config, now } = c.get('context');
  const visit = { mail_class, arrived_at: requested_at, is_remembered: false };
  const gesture = gestureWithoutJudge(visit, now(), config.judging);
  const children = (
    <div className="sheet narrow">
      <State state={state} address={email} gesture={gesture} />
    </div>
  );
  return showPage(c, {
    title: state === 'active' ? 'You are in' : 'Confirm',
    children,
    scripts: state === 'pending' ? [VOTE_SCRIPT_PATH] : [],
  });
}

export async function confirmAction(c: PageContext) {
  const found = await findByToken(c);
  if (!found) {
    return c.notFound();
  }
  // The page's script sends `way=automatic`; any other post is a press of the button.
  const by = (await readField(c, 'way')) === 'automatic' ? 'tap' : 'button';
  if (found.state !== 'moved') {
    await confirmSubscriber(c.get('context'), found.subscriber_id, { by, source: findClientAddress(c) });
  }
  return c.redirect(new URL(c.req.url).pathname, 303);
}

async function findByToken(c: PageContext) {
  const context = c.get('context');
  const link = verifyConfirmation(context.linkKeys, c.req.param('token') ?? '');
  return link && { ...link, ...((await findConfirmation(context, link)) ?? FORGOTTEN) };
}

interface StateProps {
  state: ConfirmationState;
  address: string;
  gesture: VoteGesture;
}

function State({ state, address, gesture }: StateProps) {
  switch (state) {
    case 'pending':
      return (
        <>
          <h1>One press and you’re in</h1>
          <p>Weekly AI Tool Verdicts will come to {address} once a week.</p>
          <form method="post" data-gesture={gesture}>
            <button type="submit" className="big">
              Yes, send me the weekly verdicts
            </button>
          </form>
        </>
      );
    case 'active':
      return (
        <>
          <h1>You’re in</h1>
          <p role="status">The next issue comes to {address}.</p>
          <p>
            <a href="/issues">Read earlier issues in the meantime</a>
          </p>
        </>
      );
    case 'moved':
      return (
        <>
          <h1>This link no longer works</h1>
          <p>
            Since it was sent, this subscription has moved to another address. To get the newsletter at this
            one, <a href="/#sign-up">sign up</a>.
          </p>
        </>
      );
    case 'gone':
      return (
        <>
          <h1>This link no longer works</h1>
          <p>
            {address
              ? `${address} has left the newsletter since.`
              : 'The address is no longer stored: it was erased, or nobody confirmed it for a month.'}{' '}
            To get the newsletter, <a href="/#sign-up">sign up again</a>.
          </p>
        </>
      );
  }
}
