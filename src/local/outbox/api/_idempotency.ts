import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../../../database/connect.ts';
import { Refusal } from '../store/api-error.ts';

/** Resend remembers a key for 24 hours (resend.md 1.3). */
const RETENTION_MS = 24 * 3_600_000;
const MAX_KEY_LENGTH = 256;

/** One use of a key. The whole body counts, byte for byte: stricter than Resend's normalised comparison. */
export interface KeyedRequest {
  endpoint: string;
  idempotency_key: string;
  body: string;
}

export function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header !== undefined && (header.length === 0 || header.length > MAX_KEY_LENGTH)) {
    throw new Refusal(
      400,
      'invalid_idempotency_key',
      'The idempotency key must be between 1-256 characters long.',
    );
  }
  return header;
}

/** Holds the key until the transaction ends, also if its process dies: that is how "still running" is seen. */
export async function lockKey(tx: Tx, { endpoint, idempotency_key }: KeyedRequest): Promise<void> {
  const name = `outbox ${endpoint} ${idempotency_key}`;
  const tried = sql<{
    is_held: boolean;
  }>`select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as is_held`;
  const { rows } = await tried.execute(tx);
  if (!rows[0]?.is_held) {
    const message = 'There is another request in progress with the same idempotency key.';
    throw new Refusal(409, 'concurrent_idempotent_requests', message);
  }
}

/** The answer that the key's first request got, undefined for a key that is new or forgotten. */
export async function findResponse(tx: Tx, request: KeyedRequest, now: Date): Promise<string | undefined> {
  const earlier = await tx
    .selectFrom('outbox.requests')
    .select(['body_hash', 'response'])
    .where('endpoint', '=', request.endpoint)
    .where('idempotency_key', '=', request.idempotency_key)
    .where('created_at', '>', new Date(now.getTime() - RETENTION_MS))
    .executeTakeFirst();
  if (earlier && earlier.body_hash !== hashBody(request)) {
    const message =
      'This idempotency key has been used with this HTTP method and endpoint within the last 24 hours, but the request body was modified and doesn’t match the original request.';
    throw new Refusal(409, 'invalid_idempotent_request', message);
  }
  return earlier?.response;
}

export async function storeResponse(
  tx: Tx,
  request: KeyedRequest,
  response: string,
  now: Date,
): Promise<void> {
  const { endpoint, idempotency_key } = request;
  const answer = { body_hash: hashBody(request), response, created_at: now };
  await tx
    .insertInto('outbox.requests')
    .values({ endpoint, idempotency_key, ...answer })
    .onConflict((conflict) => conflict.columns(['endpoint', 'idempotency_key']).doUpdateSet(answer))
    .execute();
}

function hashBody({ body }: KeyedRequest): string {
  return createHash('sha256').update(body).digest('hex');
}
