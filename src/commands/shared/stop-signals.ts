/** Ctrl-C under npm arrives twice at almost the same moment: from the terminal, and passed on by npm. */
const REPEATED_MS = 1_000;

/** Calls `stop` at the first SIGINT or SIGTERM; a later one, which somebody sends who will not wait, ends the process. Returns how to stop listening. */
export function listenForStop(stop: () => void): () => void {
  let first_ms: number | undefined;
  const handle = () => {
    if (first_ms === undefined) {
      first_ms = performance.now();
      stop();
    } else if (performance.now() - first_ms > REPEATED_MS) {
      process.exit(1);
    }
  };
  process.on('SIGINT', handle).on('SIGTERM', handle);
  return () => {
    process.off('SIGINT', handle).off('SIGTERM', handle);
  };
}
