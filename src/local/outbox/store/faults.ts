import * as z from 'zod';

const times = z.int().min(1);
const ms = z.int().min(0);

const callFaultShape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('lose-response'), times }),
  z.object({ kind: z.literal('error-500'), times }),
  z.object({ kind: z.literal('error-500-after-accepting'), times }),
  /** No response for `ms`, then the connection is dropped. */
  z.object({ kind: z.literal('hang'), times, ms, accepts: z.boolean() }),
  /** Responds after `ms`; until then, other requests with the same key get the error that one is in progress. */
  z.object({ kind: z.literal('slow'), times, ms }),
  z.object({ kind: z.literal('broken-json'), times }),
  z.object({ kind: z.literal('rate-limit'), times }),
  z.object({ kind: z.literal('daily-quota'), times }),
  z.object({ kind: z.literal('monthly-quota'), times }),
  z.object({ kind: z.literal('unauthorized'), times }),
]);
const webhookFaultShape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('webhook-twice'), times }),
  z.object({ kind: z.literal('webhook-late'), times, ms }),
  z.object({ kind: z.literal('webhook-reorder'), times }),
]);
export const faultShape = z.union([callFaultShape, webhookFaultShape]);

export type CallFault = z.infer<typeof callFaultShape>;
export type WebhookFault = z.infer<typeof webhookFaultShape>;
export type Fault = CallFault | WebhookFault;

export interface Faults {
  /** Applies to the next `times` send calls, or to the webhooks of the next `times` accepted ones. */
  add: (fault: Fault) => void;
  /** Call faults are queued: each call gets the oldest one only. */
  takeForCall: () => CallFault | undefined;
  /** Webhook faults are combined: the mails of a call get every pending one. */
  takeForWebhooks: () => readonly WebhookFault[];
}

export function openFaults(): Faults {
  let calls: readonly CallFault[] = [];
  let webhooks: readonly WebhookFault[] = [];
  return {
    add: (fault) => {
      const parsed = callFaultShape.safeParse(fault);
      if (parsed.success) {
        calls = [...calls, parsed.data];
      } else {
        webhooks = [...webhooks, webhookFaultShape.parse(fault)];
      }
    },
    takeForCall: () => {
      const [oldest, ...later] = calls;
      calls = oldest ? [...afterUse(oldest), ...later] : [];
      return oldest;
    },
    takeForWebhooks: () => {
      const pending = webhooks;
      webhooks = pending.flatMap(afterUse);
      return pending;
    },
  };
}

/** What is left of it for later calls. */
function afterUse<AnyFault extends Fault>(fault: AnyFault): AnyFault[] {
  return fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : [];
}
