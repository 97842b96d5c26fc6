import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../../../database/connect.ts';
import { ApiError } from '../store/api-error.ts';

/** Resend stores a key for 24 hours (docs/resend.md, idempotency). */
const RETENTION_MS = 24 * 3_600_000;
const MAX_KEY_LENGTH = 256;

/**
 * A request with an idempotency key. Bodies are compared byte for byte: stricter than Resend's normalized comparison.
 */
export interface IdempotentRequest {
  endpoint: string;
  idempotency_key: string;
  body: string;
}

export function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header !== undefined && (header.length === 0 || header.length > MAX_KEY_LENGTH)) {
    throw new ApiError(
      400,
      'invalid_idempotency_key',
      'The idempotency key must be between 1-256 characters long.',
    );
  }
  return header;
}

/** Locks the key until the transaction or its process ends. A held lock means that another request is in progress. */
export async function lockKey(tx: Tx, { endpoint, idempotency_key }: IdempotentRequest): Promise<void> {
  const name = `outbox ${endpoint} ${idempotency_key}`;
  const query = sql<{
    is_held: boolean;
  }>`select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as is_held`;
  const { rows } = await query.execute(tx);
  if (!rows[0]?.is_held) {
    const message = 'There is another request in progress with the same idempotency key.';
    throw new ApiError(409, 'concurrent_idempotent_requests', message);
  }
}

/** The response to the key's first request; undefined for a new or expired key. */
export async function findResponse(
  tx: Tx,
  request: IdempotentRequest,
  now: Date,
): Promise<string | undefined> {
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
    throw new ApiError(409, 'invalid_idempotent_request', message);
  }
  return earlier?.response;
}

export async function storeResponse(
  tx: Tx,
  request: IdempotentRequest,
  response: string,
  now: Date,
): Promise<void> {
  const { endpoint, idempotency_key } = request;
  const stored = { body_hash: hashBody(request), response, created_at: now };
  await tx
    .insertInto('outbox.requests')
    .values({ endpoint, idempotency_key, ...stored })
    .onConflict((conflict) => conflict.columns(['endpoint', 'idempotency_key']).doUpdateSet(stored))
    .execute();
}

function hashBody({ body }: IdempotentRequest): string {
  return createHash('sha256').update(body).digest('hex');
}
