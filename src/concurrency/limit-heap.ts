import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * V8 would let the heap double before a full collection. One collection now frees what loading modules left behind; from
 * then on the heap grows by at most `percent`: the less, the more often it is collected.
 */
export function limitHeapGrowth(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
