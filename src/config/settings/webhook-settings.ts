import * as z from 'zod';
import { text } from './setting-types.ts';

/** A URL to which events are posted, and the secrets that sign them, newest first. */
export interface OutgoingEndpoint {
  url: string;
  secrets: readonly string[];
}

const SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;
const EXAMPLE = 'https://crm.example.net/hook whsec_…';

export const webhookSettings = {
  OUTGOING_WEBHOOKS: text('').transform((value, issues) => {
    const endpoints = value.split(',').flatMap((entry) => (entry.trim() ? [readEndpoint(entry.trim())] : []));
    const hasDuplicate = new Set(endpoints.map(({ url }) => url)).size < endpoints.length;
    const problem =
      endpoints.find((endpoint) => 'problem' in endpoint)?.problem ??
      (hasDuplicate ? `contains a URL twice; write all its secrets behind one: ${EXAMPLE}` : undefined);
    if (problem) {
      issues.addIssue(problem);
    }
    return endpoints.map(({ url, secrets }): OutgoingEndpoint => ({ url, secrets }));
  }),
  OUTGOING_WEBHOOKS_TO: text('public').pipe(
    z.enum(['public', 'any'], { error: 'must be public, or any to allow http and private networks' }),
  ),
};

type WebhookValues = z.infer<z.ZodObject<typeof webhookSettings>>;

export function readWebhookSettings(value: WebhookValues) {
  return {
    /** Where events about readers, votes and issues are posted. */
    outgoingWebhooks: value.OUTGOING_WEBHOOKS,
    /** Whether they may be in private networks and use plain http. */
    allowsPrivateWebhooks: value.OUTGOING_WEBHOOKS_TO === 'any',
  };
}

/** Settings that are valid one by one, but not together. */
export function findWebhookProblems({ OUTGOING_WEBHOOKS, OUTGOING_WEBHOOKS_TO }: WebhookValues): string[] {
  return OUTGOING_WEBHOOKS_TO === 'public' && OUTGOING_WEBHOOKS.some(({ url }) => url.startsWith('http:'))
    ? ['OUTGOING_WEBHOOKS: an http URL needs OUTGOING_WEBHOOKS_TO=any; use https if it is on the internet']
    : [];
}

function readEndpoint(entry: string): OutgoingEndpoint & { problem?: string } {
  const [address = '', ...secrets] = entry.split(/\s+/);
  const url = URL.parse(address);
  const isUrl = url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.password;
  const endpoint = { url: isUrl ? url.href : address, secrets };
  if (!isUrl) {
    return { ...endpoint, problem: `must be comma-separated URLs, each followed by its secrets: ${EXAMPLE}` };
  }
  return secrets.length > 0 && secrets.every((secret) => SECRET.test(secret))
    ? endpoint
    : {
        ...endpoint,
        problem: `${url.host} needs a secret that \`verdicts webhooks secret\` made: ${EXAMPLE}`,
      };
}
