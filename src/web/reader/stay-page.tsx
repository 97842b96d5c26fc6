import type { Row } from '../../database/schema.ts';
import { HowToSignUpAgain } from './_how-to-sign-up-again.tsx';
import { verifySubscriberToken } from '../../links/tokens.ts';
import { keepSubscribed } from '../../subscribers/engagement/sunset.ts';
import { type PageContext, showPage } from '../layout/page.tsx';

/** Shows the button. A GET does not count as an answer, because mail scanners open every link. */
export async function stayPage(c: PageContext) {
  const reader = await findReader(c);
  if (!reader) {
    return c.notFound();
  }
  const isAsked = reader.status === 'active' && reader.still_asked_at !== null;
  const children = (
    <div className="sheet narrow">
      {isAsked ? <Ask /> : reader.status === 'active' ? <Staying /> : <Gone {...reader} />}
    </div>
  );
  return showPage(c, { title: 'Still want the weekly verdicts?', children });
}

export async function stayAction(c: PageContext) {
  const reader = await findReader(c);
  if (!reader) {
    return c.notFound();
  }
  await keepSubscribed(c.get('context'), reader.id);
  return c.redirect(new URL(c.req.url).pathname, 303);
}

async function findReader(c: PageContext) {
  const { db, linkKeys } = c.get('context');
  const id = verifySubscriberToken(linkKeys, 'stay', c.req.param('token') ?? '');
  return id === undefined
    ? undefined
    : db
        .selectFrom('subscribers')
        .select(['id', 'status', 'suppressed_reason', 'still_asked_at'])
        .where('id', '=', id)
        .executeTakeFirst();
}

function Ask() {
  return (
    <>
      <h1>Shall we keep sending it?</h1>
      <form method="post">
        <button type="submit" className="big">
          Yes, keep it coming
        </button>
      </form>
    </>
  );
}

function Staying() {
  return (
    <>
      <h1>It keeps coming</h1>
      <p role="status">Thanks for letting us know. The next issue comes as usual.</p>
    </>
  );
}

function Gone(reader: Pick<Row<'subscribers'>, 'status' | 'suppressed_reason'>) {
  return (
    <>
      <h1>It has stopped</h1>
      <p>We no longer send anything to this address.</p>
      <HowToSignUpAgain {...reader} />
    </>
  );
}
