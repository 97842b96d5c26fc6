import type { Context } from '../../context.ts';
import type { Issue } from '../../issues/record/issue.ts';
import type { DeliveryStatus } from '../../database/schema.ts';
import { listOpenRecipients, type Recipient } from '../../sending/deliveries/list-recipients.ts';

/** The delivery statuses that need a decision by staff, with the reason. */
const EXPLANATIONS: Partial<Record<DeliveryStatus, string>> = {
  unknown:
    'Resend never reported whether these were sent, and no event has arrived since. They are not sent again automatically, because whoever did get the mail would get it twice.',
  failed: 'Resend accepted these but could not send them.',
  rejected: 'Resend rejected these addresses.',
};
const MAX_LISTED = 20;

interface OpenDeliveries {
  status: DeliveryStatus;
  count: number;
  recipients: Recipient[];
}

/** The deliveries that need a decision, by status. */
export async function listOpenDeliveries(
  { db }: Context,
  issue: Issue,
  counts: Partial<Record<DeliveryStatus, number>>,
): Promise<OpenDeliveries[]> {
  const open = (Object.keys(EXPLANATIONS) as DeliveryStatus[]).filter(
    // In a cancelled issue only unknown deliveries need a decision: nothing is sent again.
    (status) => counts[status] && (issue.status !== 'cancelled' || status === 'unknown'),
  );
  return Promise.all(
    open.map(async (status) => ({
      status,
      count: counts[status] ?? 0,
      recipients: await listOpenRecipients(db, issue.id, status, MAX_LISTED),
    })),
  );
}

/** The addresses, with buttons to decide about all of them or one. */
export function Decisions({ issue, open }: { issue: Issue; open: readonly OpenDeliveries[] }) {
  return open.map(({ status, count, recipients }) => (
    <section key={status} className="sheet" aria-labelledby={`open-${status}`}>
      <h2 id={`open-${status}`}>
        {count} {status}
      </h2>
      <p>{EXPLANATIONS[status]}</p>
      <div className="row">
        <DecisionButtons
          issue={issue}
          status={status}
          target={count === 1 ? 'it' : `all ${count}`}
          count={count}
        />
      </div>
      <details open={status === 'unknown'}>
        <summary>
          {count > recipients.length
            ? `The first ${recipients.length} (all: verdicts issue recipients ${issue.week} --status ${status})`
            : 'Decide one by one'}
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
          {decisions ? ` · earlier: ${decisions}` : ''}
        </span>
      </span>
      {email ? (
        <span className="buttons">
          <DecisionButtons issue={issue} status={status} target="it" count={1} email={email} />
        </span>
      ) : null}
    </li>
  );
}

interface ButtonsProps {
  issue: Issue;
  status: DeliveryStatus;
  /** The deliveries, as worded on the buttons. */
  target: string;
  /** How many are shown. */
  count: number;
  email?: string;
}

/** Uses POST, so that no address appears in a URL. */
function DecisionButtons({ issue, status, target, count, email }: ButtonsProps) {
  const actions = [
    ...(status === 'unknown' ? (['count-as-sent'] as const) : []),
    ...(issue.status === 'cancelled' ? [] : (['send-again'] as const)),
  ];
  return actions.map((action) => {
    const words = action === 'count-as-sent' ? `Count ${target} as sent` : `Send ${target} again`;
    return (
      <form key={action} method="post" action={`/studio/issues/${issue.week}/${action}`}>
        <input type="hidden" name="status" value={status} />
        <input type="hidden" name="count" value={count} />
        {email ? <input type="hidden" name="email" value={email} /> : null}
        <button type="submit" className="plain" aria-label={email ? `${words} (${email})` : undefined}>
          {words}
        </button>
      </form>
    );
  });
}
