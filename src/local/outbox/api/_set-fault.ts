import type { Handler } from 'hono';
import { z } from 'zod';
import { type Faults, faultShape } from '../store/faults.ts';
import { Refusal } from '../store/api-error.ts';

/** `POST /faults`: how other processes add a fault. */
export function setFault(faults: Faults): Handler {
  return async (c) => {
    const parsed = faultShape.safeParse(await c.req.json().catch(() => undefined));
    if (!parsed.success) {
      throw new Refusal(422, 'validation_error', z.prettifyError(parsed.error));
    }
    faults.add(parsed.data);
    return c.json({ object: 'fault', ...parsed.data });
  };
}
