import type { Failpoint } from '../../src/context.ts';
import type { Fault } from '../../src/local/outbox/store/faults.ts';
import { seededRandom } from '../support/seeded-random.ts';

/** A point inside one of our statements, at its nth row. */
export type RowPoint =
  | 'preparing row'
  | 'claiming row'
  | 'recording row'
  | 'recording row, committed late'
  | 'handing back row'
  | 'cancelling row';

/**
 * `calling`: the outbox has received the request. `answering`: it has processed it and is about to send the response.
 */
export type CallPoint = 'calling' | 'answering';

export type Point = Failpoint | RowPoint | CallPoint;

/**
 * `killed`: the process is killed with SIGKILL. `suspended`: the process stops, like a paused virtual machine; it is
 * presumed dead, and resumes while its successor is in the middle of the same batch. `PostgreSQL killed`: PostgreSQL is
 * killed and restarted; the process keeps running. `disconnected`: for 40 s no packet passes between the process and
 * PostgreSQL, and neither side is notified; another process takes over its work, and then the connection is back.
 */
export type CrashKind = 'killed' | 'suspended' | 'PostgreSQL killed' | 'disconnected';

export interface Crash {
  point: Point;
  /** How many times this process has reached the point, this time included. */
  occurrence: number;
  kind: CrashKind;
}

/**
 * `cancel`: staff cancel before the restart. `next day`: the restart happens after Resend has forgotten the key.
 * `restored`: everything is sent, then the database is restored to its state at the crash; the operator reports the
 * restore, and sending continues.
 */
export type Restart = 'at once' | 'cancel' | 'next day' | 'restored';

export interface Combination {
  name: string;
  /** One process for each; the process after the last crash runs to completion. */
  crashes: Crash[];
  fault: FaultName;
  restart: Restart;
}

export const FAULTS = {
  none: [],
  'lose-response': [{ kind: 'lose-response', times: 1 }],
  'error-500': [{ kind: 'error-500', times: 1 }],
  'error-500-after-accepting': [{ kind: 'error-500-after-accepting', times: 1 }],
  'hang-accepting': [{ kind: 'hang', times: 1, ms: 150, accepts: true }],
  'hang-refusing': [{ kind: 'hang', times: 1, ms: 150, accepts: false }],
  'broken-json': [{ kind: 'broken-json', times: 1 }],
  // Longer than a restart takes, so that the next process finds the dead process's call still in progress.
  slow: [{ kind: 'slow', times: 1, ms: 1_500 }],
  'rate-limit': [{ kind: 'rate-limit', times: 1 }],
  'daily-quota': [{ kind: 'daily-quota', times: 1 }],
  'monthly-quota': [{ kind: 'monthly-quota', times: 1 }],
  unauthorized: [{ kind: 'unauthorized', times: 1 }],
  'webhook-twice': [{ kind: 'webhook-twice', times: 9 }],
  'webhook-reorder': [{ kind: 'webhook-reorder', times: 9 }],
  'webhook-late': [{ kind: 'webhook-late', times: 9, ms: 60_000 }],
} satisfies Record<string, Fault[]>;

export type FaultName = keyof typeof FAULTS;

const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];
/** After these a batch is released as if never attempted. */
const RELEASING_FAULTS: FaultName[] = ['rate-limit', 'daily-quota', 'monthly-quota', 'unauthorized'];
/** The first and the last of three batches; rows in the middle of the first batch and of a later one. */
const OCCURRENCES: Record<Point, number[]> = {
  'preparing row': [130],
  'recipients frozen': [1],
  'batches enqueued': [1],
  'claiming row': [57],
  claimed: [1, 3],
  calling: [1, 3],
  answering: [1, 3],
  'response received': [1, 3],
  'recording row': [57, 150],
  'recording row, committed late': [57],
  recorded: [1, 3],
  // In the middle of any batch: of three calls in flight it may be the last and smallest one, of 35 rows, that is
  // refused.
  'handing back row': [1, 30],
  pausing: [1],
  resuming: [1],
  cancelling: [1],
  'cancelling row': [40],
  'event stored': [1, 60],
};

const POINTS = Object.keys(OCCURRENCES) as Point[];

/** Every point and occurrence with every fault that can meet it, then variations for some of the points only. */
export function listCombinations(): Combination[] {
  const once = POINTS.flatMap((point) =>
    OCCURRENCES[point].flatMap((occurrence) =>
      faultsFor(point).map((fault) => combine([killed(point, occurrence)], fault)),
    ),
  );
  return [
    ...once,
    ...listSecondCrashes(),
    ...listOfKind('suspended', ['claimed', 'calling', 'response received', 'recorded']),
    ...listOfKind('PostgreSQL killed', ['claimed', 'calling', 'answering', 'response received', 'recorded']),
    ...listOfKind('disconnected', ['claimed', 'calling', 'response received', 'recorded']),
    ...listCancelled(),
    ...listNextDay(),
    ...listRestored(),
  ];
}

/** About `count` combinations that cover every point and every fault. */
export function chooseCombinations(all: Combination[], count: number, seed: string): Combination[] {
  const missing = new Set<string>([
    ...POINTS,
    ...FAULT_NAMES,
    'cancel',
    'next day',
    'restored',
    'twice',
    'suspended',
    'PostgreSQL killed',
    'disconnected',
  ]);
  const left = seededRandom(seed).shuffle(all);
  const chosen = new Set<Combination>();
  // Greedy cover: combinations with several missing features first, so that few are enough.
  for (const newFeatures of [3, 2, 1]) {
    for (const combination of left) {
      const features = featuresOf(combination).filter((feature) => missing.has(feature));
      if (features.length >= newFeatures) {
        chosen.add(combination);
        features.forEach((feature) => missing.delete(feature));
      }
    }
  }
  const more = left.filter((combination) => !chosen.has(combination));
  return [...chosen, ...more.slice(0, Math.max(0, count - chosen.size))];
}

function featuresOf({ crashes, fault, restart }: Combination): string[] {
  const twice = crashes.length > 1 ? ['twice'] : [];
  return [...crashes.flatMap(({ point, kind }) => [point, kind]), fault, restart, ...twice];
}

function faultsFor(point: Point): FaultName[] {
  return point === 'handing back row' ? RELEASING_FAULTS : FAULT_NAMES;
}

/** The restarted process dies too, while it replays what the first one left open. */
function listSecondCrashes(): Combination[] {
  const second: Point[] = ['claimed', 'calling', 'response received', 'recorded'];
  const first: Point[] = ['batches enqueued', 'claimed', 'calling', 'response received', 'recorded'];
  const faults: FaultName[] = ['none', 'lose-response', 'slow', 'daily-quota'];
  return first.flatMap((point, row) =>
    second.map((again, column) =>
      combine([killed(point), killed(again)], faults[(row + column) % faults.length] ?? 'none'),
    ),
  );
}

function listOfKind(kind: CrashKind, points: Point[]): Combination[] {
  return points.flatMap((point) =>
    FAULT_NAMES.map((fault) => combine([{ point, occurrence: 1, kind }], fault)),
  );
}

function listRestored(): Combination[] {
  const points: Point[] = ['recipients frozen', 'claimed', 'calling', 'response received', 'recorded'];
  return points.flatMap((point) => FAULT_NAMES.map((fault) => combine([killed(point)], fault, 'restored')));
}

/** From the claim of a batch to the record of its response. */
const WHILE_SUBMITTING: readonly Point[] = [
  'claimed',
  'calling',
  'answering',
  'response received',
  'recording row',
  'recorded',
];

function listCancelled(): Combination[] {
  const faults: FaultName[] = ['none', 'lose-response', 'slow', 'daily-quota'];
  return WHILE_SUBMITTING.flatMap((point) =>
    faults.map((fault) => combine([killed(point)], fault, 'cancel')),
  );
}

function listNextDay(): Combination[] {
  return WHILE_SUBMITTING.map((point) => combine([killed(point)], 'none', 'next day'));
}

function killed(point: Point, occurrence = 1): Crash {
  return { point, occurrence, kind: 'killed' };
}

function combine(crashes: Crash[], fault: FaultName, restart: Restart = 'at once'): Combination {
  const steps = crashes
    .map(({ point, occurrence, kind }) => `${kind === 'killed' ? '' : `${kind} at `}${point}#${occurrence}`)
    .join(' then ');
  return {
    name: [steps, fault, ...(restart === 'at once' ? [] : [restart])].join('/'),
    crashes,
    fault,
    restart,
  };
}
