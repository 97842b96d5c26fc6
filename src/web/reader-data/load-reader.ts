import type { Context } from '../../context.ts';
import { voterKey } from '../../installation/installation.ts';
import type { Row, Verdict } from '../../database/schema.ts';
import { type AuditEntry, listAuditEntries } from '../../audit/audit-log.ts';
import { type ShownSubscriber, findSubscriberRecord } from '../../subscribers/preferences/load-subscriber.ts';

export interface ReaderVote {
  week: string;
  tool_slug: string;
  choice: Verdict;
  state: string;
  cast_at: Date;
}

/** A link of a mail that was opened, by the reader or a scanner. */
type OpenedLink = { week: string } & Pick<
  Row<'link_opens'>,
  'tool_slug' | 'choice' | 'opens' | 'first_at' | 'last_at' | 'pressed_at'
>;

/** One press, or automatic cast, of a vote; `has_source`: a hash of the network address is stored. */
type Cast = { week: string; has_source: boolean } & Pick<
  Row<'casts'>,
  'tool_slug' | 'choice' | 'way' | 'cast_at' | 'rendered_at' | 'hand_at' | 'is_remembered' | 'mail_host'
>;

export interface ReaderHistory {
  subscriber: ShownSubscriber;
  /** What Resend has reported about their mails. */
  events: Pick<Row<'delivery_events'>, 'type' | 'occurred_at'>[];
  votes: ReaderVote[];
  /** By these two the votes are judged. */
  opens: OpenedLink[];
  casts: Cast[];
  /** What staff did to them. */
  entries: AuditEntry[];
}

const MAX_LISTED = 100;
/** For the reader's own data; more than anybody has in the time for which it is kept. */
export const EVERYTHING = 100_000;

/** Everything that is stored about a reader; undefined if there is none with this id. */
export async function loadReader(
  context: Context,
  id: number,
  limit = MAX_LISTED,
): Promise<ReaderHistory | undefined> {
  const { db, installation } = context;
  const subscriber = Number.isSafeInteger(id) && id > 0 ? await findSubscriberRecord(db, id) : undefined;
  if (!subscriber) {
    return undefined;
  }
  const events = await db
    .selectFrom((from) =>
      from
        .selectFrom('delivery_events')
        .select(({ ref }) => ref('delivery_id').$castTo<number | null>().as('delivery_id'))
        .select(['type', 'occurred_at'])
        .unionAll(from.selectFrom('webhook_events').select(['delivery_id', 'type', 'occurred_at']))
        .as('event'),
    )
    .innerJoin('deliveries', 'deliveries.id', 'delivery_id')
    .select(['type', 'occurred_at'])
    .where('subscriber_id', '=', id)
    .orderBy('occurred_at', 'desc')
    .limit(limit)
    .execute();
  const votes = await db
    // By way of the issues that they got: the key of `votes` begins with the issue, not with the reader.
    .selectFrom('deliveries')
    .innerJoin('votes', (join) =>
      join
        .onRef('votes.issue_id', '=', 'deliveries.issue_id')
        .on('voter_key', '=', voterKey(installation, id)),
    )
    .innerJoin('issues', 'issues.id', 'deliveries.issue_id')
    .select(['week', 'tool_slug', 'votes.choice', 'state', 'cast_at'])
    .where('subscriber_id', '=', id)
    .orderBy('cast_at', 'desc')
    .limit(limit)
    .execute();
  const evidence = await loadEvidence(context, id, limit);
  return {
    subscriber,
    events,
    votes,
    ...evidence,
    entries: await listAuditEntries(db, limit, { reader: id }),
  };
}

async function loadEvidence(
  { db, installation }: Context,
  id: number,
  limit: number,
): Promise<Pick<ReaderHistory, 'opens' | 'casts'>> {
  const received = db
    .selectFrom('deliveries')
    .innerJoin('issues', 'issues.id', 'deliveries.issue_id')
    .where('deliveries.subscriber_id', '=', id);
  const opens = await received
    .innerJoin('link_opens', (join) =>
      join.onRef('link_opens.issue_id', '=', 'issues.id').on('link_opens.subscriber_id', '=', id),
    )
    .select(['week', 'tool_slug', 'link_opens.choice', 'opens', 'first_at', 'last_at', 'pressed_at'])
    .orderBy('first_at', 'desc')
    .limit(limit)
    .execute();
  const casts = await received
    .innerJoin('casts', (join) =>
      join.onRef('casts.issue_id', '=', 'issues.id').on('casts.voter_key', '=', voterKey(installation, id)),
    )
    .select([
      'week',
      'tool_slug',
      'casts.choice',
      'way',
      'cast_at',
      'rendered_at',
      'hand_at',
      'is_remembered',
    ])
    .select(({ eb }) => ['mail_host', eb('source_key', 'is not', null).$castTo<boolean>().as('has_source')])
    .orderBy('cast_at', 'desc')
    .limit(limit)
    .execute();
  return { opens, casts };
}
