import { z } from 'zod';

const times = z.int().min(1);
const ms = z.int().min(0);

const callFaultShape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('lose-response'), times }),
  z.object({ kind: z.literal('error-500'), times }),
  z.object({ kind: z.literal('error-500-after-accepting'), times }),
  /** Nothing is answered for `ms`, then the connection is dropped. */
  z.object({ kind: z.literal('hang'), times, ms, accepts: z.boolean() }),
  /** Answered after `ms`; until then the request is in progress, for other callers with its key too. */
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
  /** Applies to the next `times` sending calls, or to the webhooks of the next `times` accepted ones. */
  add: (fault: Fault) => void;
  /** Faults of calls wait in line: the next call meets the oldest. */
  takeForCall: () => CallFault | undefined;
  /** Faults of webhooks add up: the mails of a call meet all that are pending. */
  takeForWebhooks: () => WebhookFault[];
}

export function openFaults(): Faults {
  const calls: CallFault[] = [];
  const webhooks: WebhookFault[] = [];
  return {
    add: (fault) => {
      const parsed = callFaultShape.safeParse(fault);
      if (parsed.success) {
        calls.push(parsed.data);
      } else {
        webhooks.push(webhookFaultShape.parse(fault));
      }
    },
    takeForCall: () => takeOnce(calls, calls[0]),
    takeForWebhooks: () => webhooks.slice().flatMap((fault) => takeOnce(webhooks, fault) ?? []),
  };
}

function takeOnce<AnyFault extends Fault>(
  pending: AnyFault[],
  fault: AnyFault | undefined,
): AnyFault | undefined {
  if (fault) {
    fault.times -= 1;
    if (fault.times === 0) {
      pending.splice(pending.indexOf(fault), 1);
    }
  }
  return fault;
}
