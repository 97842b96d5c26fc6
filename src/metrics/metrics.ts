/** The counters of a process: their names without prefix and unit, each with its label and help text. */
export const COUNTERS = {
  batches: ['result', 'Calls that submitted a batch, by what Resend answered'],
  letters: ['result', 'Calls that submitted another mail, by what Resend answered'],
  webhooks: ['result', 'Events that Resend posted: applied, repeated, ignored or rejected'],
  votes: [
    'state',
    'Votes as they were judged when they were posted; `closed`, `not eligible` and `too many` were not stored',
  ],
  sign_ups: ['step', 'Steps towards a subscription: requested, limited, mailed, confirmed'],
} as const;

/** Durations in seconds. */
export const DURATIONS = {
  slot_wait: ['priority', 'Waiting for the rate limit that all processes share'],
  batch_call: ['result', 'Calls that submitted a batch'],
  webhook_lag: ['type', 'From an event at Resend to its arrival here'],
  request: ['route', 'Requests until their response began'],
} as const;

export type Counter = keyof typeof COUNTERS;
export type Duration = keyof typeof DURATIONS;

/** Records metrics; does nothing unless METRICS_PORT is set. */
export interface Metrics {
  count: (counter: Counter, label: string) => void;
  observe: (duration: Duration, label: string, seconds: number) => void;
  /** A response, by route and status. */
  respond: (route: string, status: number, seconds: number) => void;
}

export const NO_METRICS: Metrics = {
  count: () => undefined,
  observe: () => undefined,
  respond: () => undefined,
};

/** Seconds since a time of `performance.now()`. */
export function secondsSince(started_ms: number): number {
  return (performance.now() - started_ms) / 1_000;
}
