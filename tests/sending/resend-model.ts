import type { SdkResult } from '../../src/sending/rules/parse-response.ts';

const RETENTION_MS = 24 * 3_600_000;

/** What happens to one call. Those of `REFUSALS` are answered before Resend does anything. */
export type Fault = keyof typeof REFUSALS | 'none' | 'unreachable' | 'slow' | keyof typeof SPOILED;

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

/** Accepted, but the caller does not learn it. */
const SPOILED = {
  'answer lost': () => refuse(null, 'application_error'),
  '500 after accepting': () => refuse(500, 'application_error'),
  'answer cut short': (result: SdkResult): SdkResult => ({ ...result, data: { data: [] } }),
};

export const FAULTS = [
  'none',
  'unreachable',
  'slow',
  ...(Object.keys(SPOILED) as (keyof typeof SPOILED)[]),
  ...(Object.keys(REFUSALS) as (keyof typeof REFUSALS)[]),
] as const satisfies readonly Fault[];

export interface WantedMail {
  delivery_id: number;
  round: number;
  email: string;
}

export interface AcceptedMail extends WantedMail {
  id: string;
  key: string;
}

export interface ResendModel {
  mails: AcceptedMail[];
  post: (call: { key: string; mails: WantedMail[]; fault: Fault; now: Date }) => SdkResult;
  /** What was slow is accepted now. */
  finish: (now: Date) => void;
}

interface Remembered {
  body: string;
  result: SdkResult;
  at: Date;
}

/**
 * Resend as far as senders can tell (resend.md 1.2 and 1.3). Nobody knows whether a refusal uses a key up:
 * `refusalsUseKeys` says what this one does.
 */
export function openResendModel(refusalsUseKeys: boolean): ResendModel {
  const mails: AcceptedMail[] = [];
  const memory = new Map<string, Remembered>();
  const inProgress = new Map<string, WantedMail[]>();

  function accept(key: string, wanted: WantedMail[], now: Date): SdkResult {
    const errors: { index: number; message: string }[] = [];
    const data: { id: string }[] = [];
    for (const [index, mail] of wanted.entries()) {
      if (mail.email.startsWith('refused')) {
        errors.push({ index, message: 'Invalid `to` field.' });
      } else {
        const id = `00000000-0000-4000-8000-${String(mails.length).padStart(12, '0')}`;
        mails.push({ ...mail, id, key });
        data.push({ id });
      }
    }
    const result = { data: { data, ...(errors.length > 0 ? { errors } : {}) }, error: null, headers: {} };
    memory.set(key, { body: JSON.stringify(wanted), result, at: now });
    return result;
  }

  function recall(key: string, now: Date): Remembered | undefined {
    const known = memory.get(key);
    return known && now.getTime() - known.at.getTime() < RETENTION_MS ? known : undefined;
  }

  return {
    mails,
    finish: (now) => {
      inProgress.forEach((wanted, key) => accept(key, wanted, now));
      inProgress.clear();
    },
    post: ({ key, mails: wanted, fault, now }) => {
      const body = JSON.stringify(wanted);
      if (fault === 'unreachable') {
        return refuse(null, 'application_error');
      }
      const refusal = fault in REFUSALS ? REFUSALS[fault as keyof typeof REFUSALS] : undefined;
      if (refusal) {
        if (refusalsUseKeys && !recall(key, now) && (refusal.error?.statusCode ?? 500) < 500) {
          memory.set(key, { body, result: refusal, at: now });
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
        inProgress.set(key, wanted);
        return refuse(null, 'application_error');
      }
      const result = known?.result ?? accept(key, wanted, now);
      return fault in SPOILED ? SPOILED[fault as keyof typeof SPOILED](result) : result;
    },
  };
}

function refuse(statusCode: number | null, name: string): SdkResult {
  return { data: null, error: { statusCode, name, message: '' }, headers: statusCode === null ? null : {} };
}
