import type { Checkpoint } from '../../src/context.ts';
import type { Fault } from '../../src/local/outbox/store/faults.ts';
import { openDice } from '../support/seeded-random.ts';

/** Inside one of our statements, while it touches its nth row. */
export type RowPoint =
  | 'preparing row'
  | 'claiming row'
  | 'recording row'
  | 'recording row, committed late'
  | 'handing back row'
  | 'cancelling row';

/** `calling`: the outbox has the request. `answering`: it has done what it will and the answer is about to leave. */
export type CallPoint = 'calling' | 'answering';

export type Point = Checkpoint | RowPoint | CallPoint;

/**
 * `killed`: the process is, with -9. `frozen`: as a virtual machine is put aside: it stands still, is taken for dead, and
 * goes on while its successor is in the middle of the same batch. `without PostgreSQL`: that is killed and started again;
 * the process lives on. `cut off`: for 40 s nothing passes between the process and PostgreSQL and nobody is told; another
 * process has its work, and then it is back.
 */
export type CrashKind = 'killed' | 'frozen' | 'without PostgreSQL' | 'cut off';

export interface Crash {
  point: Point;
  /** Which passing of it in the life of the process that meets it there. */
  passing: number;
  kind: CrashKind;
}

/**
 * `cancel`: staff cancel before the restart. `next day`: the restart comes when Resend has forgotten the key. `restored`:
 * everything goes out, and then the database is set back to the crash; somebody says so, and it goes on.
 */
export type Restart = 'at once' | 'cancel' | 'next day' | 'restored';

export interface Combination {
  name: string;
  /** One life each; the process after the last of them lives on. */
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
  // Longer than a restart takes, so that the next process finds the call of the dead one still in progress.
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
/** After these a batch is given back as never tried. */
const HANDING_BACK: FaultName[] = ['rate-limit', 'daily-quota', 'monthly-quota', 'unauthorized'];
/** Of three batches the first and the last; rows in the middle of the first, and of a later one. */
const PASSINGS: Record<Point, number[]> = {
  'preparing row': [130],
  'recipients frozen': [1],
  'batches enqueued': [1],
  'claiming row': [57],
  claimed: [1, 3],
  calling: [1, 3],
  answering: [1, 3],
  answered: [1, 3],
  'recording row': [57, 150],
  'recording row, committed late': [57],
  recorded: [1, 3],
  'handing back row': [1, 57],
  pausing: [1],
  resuming: [1],
  cancelling: [1],
  'cancelling row': [40],
  'event stored': [1, 60],
};

const POINTS = Object.keys(PASSINGS) as Point[];

/** Every point and passing with every fault that can meet it, and then what only some of them are worth. */
export function listCombinations(): Combination[] {
  const once = POINTS.flatMap((point) =>
    PASSINGS[point].flatMap((passing) =>
      faultsFor(point).map((fault) => combine([killed(point, passing)], fault)),
    ),
  );
  return [
    ...once,
    ...listTwice(),
    ...listOf('frozen', ['claimed', 'calling', 'answered', 'recorded']),
    ...listOf('without PostgreSQL', ['claimed', 'calling', 'answering', 'answered', 'recorded']),
    ...listOf('cut off', ['claimed', 'calling', 'answered', 'recorded']),
    ...listCancelled(),
    ...listNextDay(),
    ...listRestored(),
  ];
}

/** About `count` of them: every point and every fault is among them. */
export function chooseCombinations(all: Combination[], count: number, seed: string): Combination[] {
  const missing = new Set<string>([
    ...POINTS,
    ...FAULT_NAMES,
    'cancel',
    'next day',
    'restored',
    'twice',
    'frozen',
    'without PostgreSQL',
    'cut off',
  ]);
  const left = openDice(seed).shuffle(all);
  const chosen = new Set<Combination>();
  // Those that bring several things at once come first, so that few are enough to bring everything.
  for (const news of [3, 2, 1]) {
    for (const combination of left) {
      const features = featuresOf(combination).filter((feature) => missing.has(feature));
      if (features.length >= news) {
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
  return point === 'handing back row' ? HANDING_BACK : FAULT_NAMES;
}

/** The process that was restarted dies too, while it replays what the first one left open. */
function listTwice(): Combination[] {
  const second: Point[] = ['claimed', 'calling', 'answered', 'recorded'];
  const first: Point[] = ['batches enqueued', 'claimed', 'calling', 'answered', 'recorded'];
  const faults: FaultName[] = ['none', 'lose-response', 'slow', 'daily-quota'];
  return first.flatMap((point, row) =>
    second.map((again, column) =>
      combine([killed(point), killed(again)], faults[(row + column) % faults.length] ?? 'none'),
    ),
  );
}

function listOf(kind: CrashKind, points: Point[]): Combination[] {
  return points.flatMap((point) => FAULT_NAMES.map((fault) => combine([{ point, passing: 1, kind }], fault)));
}

function listRestored(): Combination[] {
  const points: Point[] = ['recipients frozen', 'claimed', 'calling', 'answered', 'recorded'];
  return points.flatMap((point) => FAULT_NAMES.map((fault) => combine([killed(point)], fault, 'restored')));
}

function listCancelled(): Combination[] {
  const points: Point[] = ['claimed', 'calling', 'answering', 'answered', 'recording row', 'recorded'];
  const faults: FaultName[] = ['none', 'lose-response', 'slow', 'daily-quota'];
  return points.flatMap((point) => faults.map((fault) => combine([killed(point)], fault, 'cancel')));
}

function listNextDay(): Combination[] {
  const points: Point[] = ['claimed', 'calling', 'answering', 'answered', 'recording row', 'recorded'];
  return points.map((point) => combine([killed(point)], 'none', 'next day'));
}

function killed(point: Point, passing = 1): Crash {
  return { point, passing, kind: 'killed' };
}

function combine(crashes: Crash[], fault: FaultName, restart: Restart = 'at once'): Combination {
  const places = crashes
    .map(({ point, passing, kind }) => `${kind === 'killed' ? '' : `${kind} at `}${point}#${passing}`)
    .join(' then ');
  return {
    name: [places, fault, ...(restart === 'at once' ? [] : [restart])].join('/'),
    crashes,
    fault,
    restart,
  };
}
