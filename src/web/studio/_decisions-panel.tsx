import type { Context } from '../../context.ts';
import type { Issue } from '../../issues/record/issue.ts';
import type { DeliveryStatus } from '../../database/schema.ts';
import { listRecipients } from '../../sending/settle/list-recipients.ts';

/** What a person has to decide, and the words for why. */
const OPEN: Partial<Record<DeliveryStatus, string>> = {
  unknown:
    'Resend never told whether these went out, and no event did since. Nothing is sent again by itself: whoever did get it would have it twice.',
  failed: 'Resend took these and could not send them.',
  rejected: 'Resend refused these addresses.',
};
const SHOWN = 20;

type Recipient = Awaited<ReturnType<typeof listRecipients>>[number];

interface OpenDeliveries {
  status: DeliveryStatus;
  count: number;
  recipients: Recipient[];
}

/** Empty when there is nothing to decide. */
export async function listOpenDeliveries(
  { db }: Context,
  issue: Issue,
  counts: Partial<Record<DeliveryStatus, number>>,
): Promise<OpenDeliveries[]> {
  const open = (Object.keys(OPEN) as DeliveryStatus[]).filter((status) => counts[status]);
  return Promise.all(
    open.map(async (status) => ({
      status,
      count: counts[status] ?? 0,
      recipients: await listRecipients(db, issue.id, status, SHOWN),
    })),
  );
}

/** The exact addresses, with the two decisions for all of them or one. */
export function Decisions({ issue, open }: { issue: Issue; open: readonly OpenDeliveries[] }) {
  return open.map(({ status, count, recipients }) => (
    <section key={status} className="sheet" aria-labelledby={`open-${status}`}>
      <h2 id={`open-${status}`}>
        {count} {status}
      </h2>
      <p>{OPEN[status]}</p>
      <div className="row">
        <DecisionButtons issue={issue} status={status} who={count === 1 ? 'it' : `all ${count}`} />
      </div>
      <details open={status === 'unknown'}>
        <summary>
          {count > recipients.length
            ? `The first ${recipients.length}, one by one (all: verdicts issue recipients ${issue.week} --status ${status})`
            : 'One by one'}
        </summary>
        <ul className="ballot">
          {recipients.map((recipient) => (
            <OpenDelivery key={recipient.delivery_id} issue={issue} status={status} recipient={recipient} />
          ))}
        </ul>
      </details>
    </section>
  ));
}

interface OpenDeliveryProps {
  issue: Issue;
  status: DeliveryStatus;
  recipient: Recipient;
}

function OpenDelivery({ issue, status, recipient }: OpenDeliveryProps) {
  const { email, reason, decisions } = recipient;
  return (
    <li>
      <span>
        {email ?? '(erased)'}
        <br />
        <span className="quiet">
          {reason}
          {decisions ? ` · before: ${decisions}` : ''}
        </span>
      </span>
      {email ? (
        <span className="buttons">
          <DecisionButtons issue={issue} status={status} who="it" email={email} />
        </span>
      ) : null}
    </li>
  );
}

interface ButtonsProps {
  issue: Issue;
  status: DeliveryStatus;
  who: string;
  email?: string;
}

/** By POST, so that no address stands in a URL. */
function DecisionButtons({ issue, status, who, email }: ButtonsProps) {
  const actions =
    status === 'unknown' ? (['count-as-sent', 'send-again'] as const) : (['send-again'] as const);
  return actions.map((action) => {
    const words = action === 'count-as-sent' ? `Count ${who} as sent` : `Send ${who} again`;
    return (
      <form key={action} method="post" action={`/studio/issues/${issue.week}/${action}`}>
        <input type="hidden" name="status" value={status} />
        {email ? <input type="hidden" name="email" value={email} /> : null}
        <button type="submit" className="plain" aria-label={email ? `${words} (${email})` : undefined}>
          {words}
        </button>
      </form>
    );
  });
}
