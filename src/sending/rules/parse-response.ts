import * as z from 'zod';

/** Result of a call, in the SDK's shape: data or an error, plus the headers if there was a response. */
export interface SdkResult {
  data: unknown;
  error: { name: string; message: string; statusCode: number | null } | null;
  headers: Record<string, string> | null;
}

export type SendResult =
  /** One entry per mail, in order: Resend's id, or why it was rejected. */
  | { kind: 'accepted'; mails: MailResult[] }
  /** Not processed: rate limited, so every sender waits. */
  | { kind: 'wait'; seconds: number; reason: string }
  /** Possibly processed: retry later with the same bytes under the same key. */
  | { kind: 'retry'; reason: string; is_in_progress?: true }
  /** Not processed; the quota resets with the calendar. */
  | { kind: 'quota'; reason: string }
  /** Not processed, and no other call will be: key, domain or account was rejected. */
  | { kind: 'stop'; reason: string }
  /** Not processed, and no retry helps until somebody acts. */
  | { kind: 'pause'; reason: string }
  /** Possibly processed under this key with other bytes, or too long ago: a retry could be a second mail. */
  | { kind: 'unknown'; reason: string };

export type MailResult = { resend_id: string } | { rejected: string };

/** Decides by status and name, never by message (docs/resend.md, errors: `validation_error` comes with 400, 403 and 422). */
export function parseBatchResponse({ data, error, headers }: SdkResult, mailCount: number): SendResult {
  return error ? readError(error, headers) : readAccepted(data, mailCount);
}

function readError(
  { name, statusCode }: NonNullable<SdkResult['error']>,
  headers: SdkResult['headers'],
): SendResult {
  const reason = `${statusCode ?? 'no response'} ${name}`;
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
      return isQuotaError(name)
        ? { kind: 'quota', reason }
        : { kind: 'wait', seconds: secondsToWait(headers?.['retry-after']), reason };
    case 401:
    case 403:
    case 451:
      return { kind: 'stop', reason };
    default:
      return { kind: 'pause', reason };
  }
}

function isQuotaError(name: unknown): boolean {
  return typeof name === 'string' && name.endsWith('_quota_exceeded');
}

/** At least a second and at most an hour, whatever a proxy in between writes there. */
function secondsToWait(retryAfter: string | undefined): number {
  return Math.min(3_600, Math.max(1, Number(retryAfter) || 1));
}

const RESEND_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const acceptedShape = z.object({
  data: z.array(z.object({ id: z.string().regex(RESEND_ID) })).nullish(),
  errors: z.array(z.object({ index: z.int().min(0), message: z.string() })).nullish(),
});

/** Permissive responses omit rejected mails from `data`: walk the input and skip their indexes. */
function readAccepted(response: unknown, mailCount: number): SendResult {
  const { data, success } = acceptedShape.safeParse(response ?? {});
  if (!success) {
    return { kind: 'retry', reason: 'the response has a form that Resend is not known to send' };
  }
  const ids = data.data ?? [];
  const errors = data.errors ?? [];
  const rejected = new Map(errors.map(({ index, message }) => [index, message]));
  if (ids.length + rejected.size !== mailCount || errors.some(({ index }) => index >= mailCount)) {
    return {
      kind: 'retry',
      reason: `the response lists ${ids.length + errors.length} of ${mailCount} mails`,
    };
  }
  let next = 0;
  const mails = Array.from({ length: mailCount }, (_, index): MailResult => {
    const message = rejected.get(index);
    return message === undefined ? { resend_id: ids[next++]?.id ?? '' } : { rejected: message };
  });
  return { kind: 'accepted', mails };
}
