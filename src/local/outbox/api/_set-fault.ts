import type { Handler } from 'hono';
import * as z from 'zod';
import { type Faults, faultShape } from '../store/faults.ts';
import { ApiError } from '../store/api-error.ts';

/** `POST /faults`: lets other processes add a fault. */
export function setFault(faults: Faults): Handler {
  return async (c) => {
    const parsed = faultShape.safeParse(await c.req.json().catch(() => undefined));
    if (!parsed.success) {
      throw new ApiError(422, 'validation_error', z.prettifyError(parsed.error));
    }
    faults.add(parsed.data);
    return c.json({ object: 'fault', ...parsed.data });
  };
}
