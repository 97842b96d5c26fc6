import type { Context } from '../../src/context.ts';
import type { BatchStatus } from '../../src/database/schema.ts';
import { eraseDeliveries } from '../../src/sending/deliveries/_erase-deliveries.ts';
import { eraseSubscriber } from '../../src/subscribers/leave/erase.ts';
import { pauseSubscriber } from '../../src/subscribers/preferences/pause.ts';
import { unsubscribe } from '../../src/subscribers/leave/unsubscribe.ts';
import type { SeededRandom } from '../support/seeded-random.ts';

export interface Departure {
  how: 'unsubscribed' | 'erased' | 'paused';
  /** The status of the reader's batch at that moment; undefined before there was one. */
  batch: BatchStatus | undefined;
}

/** What the matrix itself knows about the readers, to compare with what the service wrote. */
export interface Readers {
  /** The addresses of readers who must get the issue, by id: active, confirmed and not paused when it was prepared. */
  eligible: Map<number, string>;
  departures: Map<number, Departure>;
}

const WAYS_TO_LEAVE: Departure['how'][] = [
  'unsubscribed',
  'unsubscribed',
  'unsubscribed',
  'erased',
  'erased',
  'paused',
];

export async function listEligible({ db, now }: Context): Promise<Map<number, string>> {
  const rows = await db
    .selectFrom('subscribers')
    .select(['id', 'email'])
    .where('status', '=', 'active')
    .where('confirmed_at', 'is not', null)
    .where((where) => where.or([where('paused_until', 'is', null), where('paused_until', '<=', now())]))
    .orderBy('id')
    .execute();
  return new Map(rows.map(({ id, email }) => [id, email]));
}

/**
 * A few of the remaining readers leave, in different ways. No process may be working on their batches at that time; while
 * a dead one's statement is blocked in the middle of a batch, nobody of that batch is erased, because that would wait
 * for it.
 */
export async function letSomeReadersLeave(
  context: Context,
  readers: Readers,
  random: SeededRandom,
  { isBlocked = false }: { isBlocked?: boolean } = {},
): Promise<void> {
  const remaining = [...(await listEligible(context))];
  for (const [index, [id]] of random.shuffle(remaining).slice(0, WAYS_TO_LEAVE.length).entries()) {
    const batch = await findBatchStatus(context, id);
    const wouldWait = isBlocked && batch === 'submitting' && WAYS_TO_LEAVE[index] === 'erased';
    const how = wouldWait ? 'unsubscribed' : (WAYS_TO_LEAVE[index] ?? 'unsubscribed');
    readers.departures.set(id, { how, batch });
    await depart(context, id, how);
  }
}

async function findBatchStatus({ db }: Context, subscriberId: number): Promise<BatchStatus | undefined> {
  const batch = await db
    .selectFrom('deliveries')
    .innerJoin('batches', 'batches.id', 'deliveries.batch_id')
    .select('batches.status')
    .where('subscriber_id', '=', subscriberId)
    .executeTakeFirst();
  return batch?.status;
}

async function depart(context: Context, id: number, how: Departure['how']): Promise<void> {
  switch (how) {
    case 'unsubscribed':
      await unsubscribe(context, id);
      break;
    case 'paused':
      await pauseSubscriber(context, id, 4);
      break;
    case 'erased':
      await context.db.transaction().execute(async (tx) => {
        await eraseDeliveries(tx, id);
        await eraseSubscriber(tx, id, context.now());
      });
      break;
  }
}
