import { sql } from 'kysely';
import type { Tx } from '../database/connect.ts';

/** Events about a reader are announced by triggers on `subscribers`, so that no way to join or leave is missed. */
export const EVENT_TYPES = [
  'subscriber.confirmed',
  'subscriber.unsubscribed',
  'subscriber.suppressed',
  'subscriber.address_changed',
  'vote.counted',
  'issue.sent',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface OutgoingEvent {
  type: EventType | 'test';
  at: Date;
  data: Record<string, unknown>;
}

/**
 * Stores an event for every endpoint, in the transaction of the change that it reports. Does nothing if there is no
 * endpoint.
 */
export async function announce(tx: Tx, { type, at, data }: OutgoingEvent): Promise<void> {
  await sql`select announce(${type}, ${at}, null, ${JSON.stringify(data)}::jsonb)`.execute(tx);
}
