import type { Hono } from 'hono';
import { openApi } from './api/api.ts';
import type { OutboxContext } from './store/context.ts';
import { deliverWebhooks } from './webhooks/deliver-webhooks.ts';
import type { Account } from './store/account.ts';
import { type Faults, openFaults } from './store/faults.ts';
import { openPages } from './pages/pages.ts';

const CALLS_PER_SECOND = 10;

export interface OutboxOptions extends Omit<OutboxContext, 'account' | 'callsPerSecond' | 'faults'> {
  callsPerSecond?: number;
}

export interface Outbox {
  /** Resend's HTTP API; the SDK's `baseUrl` must point to where this is mounted. */
  api: Hono;
  /** The inbox pages for a browser. */
  pages: Hono;
  faults: Faults;
  /** Empty until a test adds something. */
  account: Account;
  /** Runs until `stopping` aborts. Any number of processes may run it on one database. */
  deliverWebhooks: (stopping: AbortSignal) => Promise<void>;
}

/** A local replacement for Resend: accepts mail as Resend does, shows it, and reports its events in signed webhooks. */
export function openOutbox(options: OutboxOptions): Outbox {
  const faults = openFaults();
  const account: Account = { limits: {}, domains: [], webhooks: [] };
  const outbox: OutboxContext = { callsPerSecond: CALLS_PER_SECOND, ...options, faults, account };
  return {
    api: openApi(outbox),
    pages: openPages(outbox.db),
    faults,
    account,
    deliverWebhooks: (stopping) => deliverWebhooks(outbox, stopping),
  };
}
