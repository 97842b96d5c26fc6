/** What a call gives back, in the SDK's shape: data or an error, and the response's headers when there was one. */
export interface SdkResult {
  data: unknown;
  error: { name: string; message: string; statusCode: number | null } | null;
  headers: Record<string, string> | null;
}

export type SendResult =
  /** One entry per mail, in order: Resend's id, or why it was refused. */
  | { kind: 'accepted'; mails: MailResult[] }
  /** Not processed: everyone waits. */
  | { kind: 'wait'; seconds: number; reason: string }
  /** Perhaps processed: the same bytes under the same key, later. */
  | { kind: 'retry'; reason: string; is_in_progress?: true }
  /** Not processed; the calendar brings the quota back. */
  | { kind: 'quota'; reason: string }
  /** Not processed, and nothing else will be: key, domain or account are refused. */
  | { kind: 'stop'; reason: string }
  /** Not processed, and no retry will help before somebody acts. */
  | { kind: 'pause'; reason: string }
  /** Perhaps processed under this key with other bytes, or too long ago: nobody may guess. */
  | { kind: 'unknown'; reason: string };

export type MailResult = { resend_id: string } | { rejected: string };

/** Decides by status and name, never by message (resend.md 3.3: `validation_error` stands at 400, 403 and 422). */
export function parseBatchResponse({ data, error, headers }: SdkResult, mailCount: number): SendResult {
  return error ? readError(error, headers) : readAccepted(data, mailCount);
}

function readError(
  { name, statusCode }: NonNullable<SdkResult['error']>,
  headers: SdkResult['headers'],
): SendResult {
  const reason = `${statusCode ?? 'no answer'} ${name}`;
  if (typeof statusCode !== 'number' || statusCode >= 500) {
    return { kind: 'retry', reason };
  }
  switch (statusCode) {
    case 409:
      return name === 'invalid_idempotent_request'
        ? { kind: 'unknown', reason }
        : {
            kind: 'retry',
            reason,
            ...(name === 'concurrent_idempotent_requests' && { is_in_progress: true }),
          };
    case 429:
      return name.endsWith('_quota_exceeded')
        ? { kind: 'quota', reason }
        : { kind: 'wait', seconds: Math.max(1, Number(headers?.['retry-after']) || 1), reason };
    case 401:
    case 403:
    case 451:
      return { kind: 'stop', reason };
    default:
      return { kind: 'pause', reason };
  }
}

const RESEND_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Permissive answers leave rejected mails out of `data`: walk the input and skip their indexes. */
function readAccepted(data: unknown, mailCount: number): SendResult {
  const { data: ids = [], errors = [] } = (data ?? {}) as {
    data?: { id: string }[];
    errors?: { index: number; message: string }[];
  };
  const rejected = new Map(errors.map(({ index, message }) => [index, message]));
  const isWhole =
    ids.length + rejected.size === mailCount &&
    ids.every(({ id }) => RESEND_ID.test(id)) &&
    [...rejected.keys()].every((index) => Number.isInteger(index) && index >= 0 && index < mailCount);
  if (!isWhole) {
    return { kind: 'retry', reason: `the answer names ${ids.length + errors.length} of ${mailCount} mails` };
  }
  let next = 0;
  const mails = Array.from({ length: mailCount }, (_, index): MailResult => {
    const message = rejected.get(index);
    return message === undefined ? { resend_id: ids[next++]?.id ?? '' } : { rejected: message };
  });
  return { kind: 'accepted', mails };
}
