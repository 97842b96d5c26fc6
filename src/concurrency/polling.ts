export interface PollingIntervals {
  /** Between two questions while there is something to do. */
  busy_ms: number;
  /** The same after nothing was found for `quiet_ms`. */
  idle_ms: number;
  quiet_ms: number;
}

/** Returns a function that is told whether there was anything this time, and returns how long to wait before asking again, in ms. */
export function createPolling(
  { busy_ms, idle_ms, quiet_ms }: PollingIntervals,
  clock = () => performance.now(),
): (wasAnything: boolean) => number {
  let last_ms = clock();
  return (wasAnything) => {
    const now_ms = clock();
    last_ms = wasAnything ? now_ms : last_ms;
    return now_ms - last_ms < quiet_ms ? busy_ms : idle_ms;
  };
}
