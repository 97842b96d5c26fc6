import type { SdkResult } from '../../src/sending/rules/parse-response.ts';

const RETENTION_MS = 24 * 3_600_000;

/** What happens to one call. Calls with a fault of `REFUSALS` are refused before Resend processes them. */
export type Fault = keyof typeof REFUSALS | 'none' | 'unreachable' | 'slow' | keyof typeof LOST_RESPONSES;

const REFUSALS = {
  '401': refuse(401, 'missing_api_key'),
  '403': refuse(403, 'validation_error'),
  '409 locked': refuse(409, 'resource_locked'),
  '422': refuse(422, 'invalid_from_address'),
  '429 rate': refuse(429, 'rate_limit_exceeded'),
  '429 daily': refuse(429, 'daily_quota_exceeded'),
  '429 monthly': refuse(429, 'monthly_quota_exceeded'),
  '500 before accepting': refuse(500, 'internal_server_error'),
  '503': refuse(503, 'service_unavailable'),
};

/** Accepted, but the caller does not get the response. */
const LOST_RESPONSES = {
  'answer lost': () => refuse(null, 'application_error'),
  '500 after accepting': () => refuse(500, 'application_error'),
  'answer cut short': (result: SdkResult): SdkResult => ({ ...result, data: { data: [] } }),
};

export const FAULTS = [
  'none',
  'unreachable',
  'slow',
  ...(Object.keys(LOST_RESPONSES) as (keyof typeof LOST_RESPONSES)[]),
  ...(Object.keys(REFUSALS) as (keyof typeof REFUSALS)[]),
] as const satisfies readonly Fault[];

export interface RequestedMail {
  delivery_id: number;
  round: number;
  email: string;
}

export interface AcceptedMail extends RequestedMail {
  id: string;
  key: string;
  has_failed: boolean;
}

export interface ResendModel {
  mails: AcceptedMail[];
  post: (call: { key: string; mails: RequestedMail[]; fault: Fault; now: Date }) => SdkResult;
  /** Accepts the calls that were slow. */
  finish: (now: Date) => void;
}

interface StoredResponse {
  body: string;
  result: SdkResult;
  at: Date;
}

/**
 * Resend as senders see it (docs/resend.md, batches and idempotency). Whether a refusal uses up its key is not documented:
 * `refusalsUseKeys` sets what this model does.
 */
export function openResendModel(refusalsUseKeys: boolean): ResendModel {
  const mails: AcceptedMail[] = [];
  const stored = new Map<string, StoredResponse>();
  const inProgress = new Map<string, RequestedMail[]>();

  function accept(key: string, requested: RequestedMail[], now: Date): SdkResult {
    const errors: { index: number; message: string }[] = [];
    const data: { id: string }[] = [];
    for (const [index, mail] of requested.entries()) {
      if (mail.email.startsWith('refused')) {
        errors.push({ index, message: 'Invalid `to` field.' });
      } else {
        const id = `00000000-0000-4000-8000-${String(mails.length).padStart(12, '0')}`;
        mails.push({ ...mail, id, key, has_failed: false });
        data.push({ id });
      }
    }
    const result = { data: { data, ...(errors.length > 0 ? { errors } : {}) }, error: null, headers: {} };
    stored.set(key, { body: JSON.stringify(requested), result, at: now });
    return result;
  }

  function recall(key: string, now: Date): StoredResponse | undefined {
    const known = stored.get(key);
    return known && now.getTime() - known.at.getTime() < RETENTION_MS ? known : undefined;
  }

  return {
    mails,
    finish: (now) => {
      inProgress.forEach((requested, key) => accept(key, requested, now));
      inProgress.clear();
    },
    post: ({ key, mails: requested, fault, now }) => {
      const body = JSON.stringify(requested);
      if (fault === 'unreachable') {
        return refuse(null, 'application_error');
      }
      const refusal = fault in REFUSALS ? REFUSALS[fault as keyof typeof REFUSALS] : undefined;
      if (refusal) {
        if (refusalsUseKeys && !recall(key, now) && (refusal.error?.statusCode ?? 500) < 500) {
          stored.set(key, { body, result: refusal, at: now });
        }
        return refusal;
      }
      if (inProgress.has(key)) {
        return refuse(409, 'concurrent_idempotent_requests');
      }
      const known = recall(key, now);
      if (known && known.body !== body) {
        return refuse(409, 'invalid_idempotent_request');
      }
      if (!known && fault === 'slow') {
        inProgress.set(key, requested);
        return refuse(null, 'application_error');
      }
      const result = known?.result ?? accept(key, requested, now);
      return fault in LOST_RESPONSES ? LOST_RESPONSES[fault as keyof typeof LOST_RESPONSES](result) : result;
    },
  };
}

function refuse(statusCode: number | null, name: string): SdkResult {
  return { data: null, error: { statusCode, name, message: '' }, headers: statusCode === null ? null : {} };
}
