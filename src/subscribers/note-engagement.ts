import type { Db, Tx } from '../database.ts';

/** Known to the day, which is enough to tell who reads and who does not: most votes and opens then write nothing. */
const RESOLUTION_MS = 86_400_000;

/** When a reader last did something with an issue: who reads comes first while a new domain is warmed up. */
export async function noteEngagement(db: Db | Tx, subscriberId: number, at: Date): Promise<void> {
  await db
    .updateTable('subscribers')
    .set({ engaged_at: at })
    .where('id', '=', subscriberId)
    .where(({ or, eb }) =>
      or([eb('engaged_at', 'is', null), eb('engaged_at', '<', new Date(at.getTime() - RESOLUTION_MS))]),
    )
    .execute();
}
