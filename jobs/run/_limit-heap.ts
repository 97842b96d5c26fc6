import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Long-running senders allocate slowly, so V8 would let the heap double before a full collection. One collection now frees
 * what loading modules left behind; from then on the heap grows by at most a fifth.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString('--heap-growing-percent=20');
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
