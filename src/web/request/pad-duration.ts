import { setTimeout as sleep } from 'node:timers/promises';

const STEP_MS = 100;

/**
 * Pads the duration to a multiple of 100 ms, also on failure: otherwise it would reveal whether an address is known,
 * suppressed or over a limit.
 */
export async function padDuration<T>(act: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    return await act();
  } finally {
    const elapsed = performance.now() - started;
    await sleep(Math.ceil((elapsed + 1) / STEP_MS) * STEP_MS - elapsed);
  }
}
