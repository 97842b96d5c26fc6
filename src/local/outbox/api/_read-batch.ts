import * as z from 'zod';
import { type Mail, readMail } from '../store/mail.ts';
import { ApiError } from '../store/api-error.ts';

const MAX_MAILS = 100;

const batchShape = z.array(z.unknown()).min(1).max(MAX_MAILS);

export interface Batch {
  mails: Mail[];
  /** Only in permissive mode: the invalid items, which are skipped. */
  errors?: { index: number; message: string }[];
}

/**
 * Strict: one invalid item rejects the batch, without naming the item. Permissive: invalid items are skipped and
 * listed.
 */
export function readBatch(body: unknown, validation: string): Batch {
  const items = batchShape.safeParse(body).data;
  if (!items) {
    throw new ApiError(422, 'validation_error', `A batch is an array of 1 to ${MAX_MAILS} emails.`);
  }
  if (validation === 'strict') {
    return { mails: items.map(readMail) };
  }
  if (validation === 'permissive') {
    return readPermissively(items);
  }
  throw new ApiError(
    422,
    'validation_error',
    'The `x-batch-validation` header must be strict or permissive.',
  );
}

function readPermissively(items: unknown[]): Required<Batch> {
  const batch: Required<Batch> = { mails: [], errors: [] };
  for (const [index, item] of items.entries()) {
    try {
      batch.mails.push(readMail(item));
    } catch (error) {
      if (!(error instanceof ApiError)) {
        throw error;
      }
      batch.errors.push({ index, message: error.message });
    }
  }
  return batch;
}
