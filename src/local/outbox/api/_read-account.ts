import type { Handler } from 'hono';
import type { Account } from '../store/account.ts';
import { ApiError } from '../store/api-error.ts';

/** `GET /domains`: without the DNS records. */
export function listDomains(account: Account): Handler {
  return (c) =>
    c.json({
      object: 'list',
      has_more: false,
      data: account.domains.map(({ records: _, ...domain }) => domain),
    });
}

/** `GET /domains/:id` */
export function getDomain(account: Account): Handler<object, '/domains/:id'> {
  return (c) => c.json({ object: 'domain', ...find(account.domains, c.req.param('id'), 'Domain') });
}

/** `GET /webhooks`: without the secrets. */
export function listWebhooks(account: Account): Handler {
  return (c) =>
    c.json({
      object: 'list',
      has_more: false,
      data: account.webhooks.map(({ signing_secret: _, ...webhook }) => webhook),
    });
}

/** `GET /webhooks/:id` */
export function getWebhook(account: Account): Handler<object, '/webhooks/:id'> {
  return (c) => c.json({ object: 'webhook', ...find(account.webhooks, c.req.param('id'), 'Webhook') });
}

function find<Item extends { id: string }>(items: readonly Item[], id: string, kind: string): Item {
  const found = items.find((item) => item.id === id);
  if (!found) {
    throw new ApiError(404, 'not_found', `${kind} not found`);
  }
  return found;
}
