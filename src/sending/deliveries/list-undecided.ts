import type { Db } from '../../database/connect.ts';
import type { Week } from '../../week.ts';

export interface Undecided {
  week: Week;
  status: 'unknown' | 'failed';
  count: number;
}

/** Per issue, oldest first: the mails about which staff must decide, since nobody knows whether they went out or since they did not. */
export function listUndecidedDeliveries(db: Db): Promise<Undecided[]> {
  return db
    .selectFrom('open_deliveries')
    .innerJoin('issues', 'issues.id', 'issue_id')
    .select(({ fn }) => ['week', 'open_deliveries.status', fn.countAll<number>().as('count')])
    .where(({ and, eb, or }) =>
      or([
        eb('open_deliveries.status', '=', 'unknown'),
        // Nothing from a cancelled issue is sent again.
        and([eb('open_deliveries.status', '=', 'failed'), eb('issues.status', '<>', 'cancelled')]),
      ]),
    )
    .groupBy(['week', 'open_deliveries.status'])
    .orderBy('week')
    .orderBy('open_deliveries.status')
    .$narrowType<{ status: Undecided['status'] }>()
    .execute();
}
