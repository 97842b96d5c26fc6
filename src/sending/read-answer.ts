/** What the SDK gives back for a call: data or an error, and the response's headers when there was one. */
export interface SdkResult {
  data: unknown;
  error: { name: string; message: string; statusCode: number | null } | null;
  headers: Record<string, string> | null;
}

export type Answer =
  /** One entry per mail, in order: Resend's id, or why it was refused. */
  | { kind: 'accepted'; mails: MailAnswer[] }
  /** Not processed: everyone waits. */
  | { kind: 'wait'; seconds: number }
  /** Perhaps processed: the same bytes under the same key, later. */
  | { kind: 'retry'; reason: string }
  /** Not processed, and no retry will help before somebody or the calendar acts. */
  | { kind: 'pause'; reason: string }
  /** Perhaps processed under this key with other bytes: nobody may guess. */
  | { kind: 'unknown'; reason: string };

export type MailAnswer = { resend_id: string } | { rejected: string };

/** Decides by status and name, never by message (resend.md 3.3: `validation_error` stands at 400, 403 and 422). */
export function readBatchAnswer({ data, error, headers }: SdkResult, mailCount: number): Answer {
  return error ? readError(error, headers) : readAccepted(data, mailCount);
}

function readError(
  { name, statusCode }: NonNullable<SdkResult['error']>,
  headers: SdkResult['headers'],
): Answer {
  const reason = `${statusCode ?? 'no answer'} ${name}`;
  if (statusCode === null || statusCode >= 500) {
    return { kind: 'retry', reason };
  }
  if (name === 'invalid_idempotent_request') {
    return { kind: 'unknown', reason };
  }
  if (statusCode === 409) {
    return { kind: 'retry', reason };
  }
  if (statusCode === 429 && !name.endsWith('_quota_exceeded')) {
    return { kind: 'wait', seconds: Math.max(1, Number(headers?.['retry-after']) || 1) };
  }
  return { kind: 'pause', reason };
}

/** Permissive answers leave rejected mails out of `data`: walk the input and skip their indexes. */
function readAccepted(data: unknown, mailCount: number): Answer {
  const { data: ids = [], errors = [] } = (data ?? {}) as {
    data?: { id: string }[];
    errors?: { index: number; message: string }[];
  };
  if (ids.length + errors.length !== mailCount) {
    return { kind: 'retry', reason: `the answer names ${ids.length + errors.length} of ${mailCount} mails` };
  }
  const rejected = new Map(errors.map(({ index, message }) => [index, message]));
  let next = 0;
  const mails = Array.from({ length: mailCount }, (_, index): MailAnswer => {
    const message = rejected.get(index);
    return message === undefined ? { resend_id: ids[next++]?.id ?? '' } : { rejected: message };
  });
  return { kind: 'accepted', mails };
}
