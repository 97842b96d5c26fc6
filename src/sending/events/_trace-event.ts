import { createHash } from 'node:crypto';
import type { Context } from '../../context.ts';

/** Runs `apply` as a span of the issue's trace, for the share of events that is traced: the same ones each time they arrive. */
export async function traceEvent<Result extends string>(
  context: Context,
  svixId: string,
  event: { delivery: number; type: string },
  apply: () => Promise<Result>,
): Promise<Result> {
  const week = isTraced(context, svixId) ? await findWeek(context, event.delivery) : undefined;
  return week === undefined
    ? apply()
    : context.tracing.traceIssue(
        { installation: context.installation.id, week },
        'event',
        apply,
        (result) => ({ ...event, result }),
      );
}

function isTraced({ config }: Context, svixId: string): boolean {
  return (
    config.tracesUrl !== undefined &&
    createHash('sha256').update(svixId).digest().readUInt32BE() % 100 < config.tracedEventsPercent
  );
}

async function findWeek({ db }: Context, deliveryId: number): Promise<string | undefined> {
  const issue = await db
    .selectFrom('deliveries')
    .innerJoin('issues', 'issues.id', 'deliveries.issue_id')
    .select('week')
    .where('deliveries.id', '=', deliveryId)
    .executeTakeFirst();
  return issue?.week;
}
