import { randomUUID } from 'node:crypto';

/** What teams have set up at Resend; tests change it. */
export interface Account {
  /** Calls per second of the teams with these keys; others have the default. */
  limits: Record<string, number>;
  domains: AccountDomain[];
  webhooks: AccountWebhook[];
}

/** A domain as `GET /domains/:id` shows it. */
export interface AccountDomain {
  id: string;
  name: string;
  status: string;
  region: string;
  created_at: string;
  open_tracking: boolean;
  click_tracking: boolean;
  records: { record: string; name: string; type: string; ttl: string; value: string; status: string }[];
}

/** A webhook as `GET /webhooks/:id` shows it. */
export interface AccountWebhook {
  id: string;
  endpoint: string;
  status: 'enabled' | 'disabled';
  events: string[] | null;
  signing_secret: string;
  created_at: string;
}

/** A verified domain without tracking. */
export function verifiedDomain(name: string): AccountDomain {
  const common = { ttl: 'Auto', status: 'verified' };
  return {
    id: randomUUID(),
    name,
    status: 'verified',
    region: 'us-east-1',
    created_at: new Date().toISOString(),
    open_tracking: false,
    click_tracking: false,
    records: [
      { record: 'SPF', type: 'TXT', name: 'send', value: 'v=spf1 include:amazonses.com ~all', ...common },
      { record: 'DKIM', type: 'TXT', name: 'resend._domainkey', value: 'p=', ...common },
    ],
  };
}

/** An enabled webhook that receives every event. */
export function enabledWebhook(endpoint: string, signing_secret: string): AccountWebhook {
  return {
    id: randomUUID(),
    endpoint,
    status: 'enabled',
    events: null,
    signing_secret,
    created_at: new Date().toISOString(),
  };
}
