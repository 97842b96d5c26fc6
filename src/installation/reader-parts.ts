import { type RawBuilder, sql } from 'kysely';
import { mapAtMost } from '../concurrency/map-at-most.ts';

/** PostgreSQL computes the keys of each part of the readers on a core of its own. */
const PARTS = 2;

/**
 * Calls `act` for each part of the readers, with the condition for a `subscriber_id` to be in it. The parts run at once if the pool
 * has more connections than all of them need, `perPart` each, since the process needs some for its other work.
 */
export function mapReaderParts<Result>(
  poolSize: number,
  perPart: number,
  act: (isInPart: RawBuilder<boolean>, isConcurrent: boolean) => Promise<Result>,
): Promise<Result[]> {
  const isConcurrent = poolSize > PARTS * perPart;
  return mapAtMost(isConcurrent ? PARTS : 1, Array(PARTS).keys(), (part) =>
    act(sql<boolean>`subscriber_id % ${PARTS}::integer = ${part}::integer`, isConcurrent),
  );
}
