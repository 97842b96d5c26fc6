/** So many votes under way are more than are written at leisure; and so they are called for a while. */
const MANY_VOTES = 24;
const BUSY_MS = 100;
/** Pages are shown even then, one to so many votes. */
const VOTES_PER_PAGE = 48;

interface Gate {
  votes: number;
  busy_until: number;
  /** Pages that may be shown though it is busy. */
  due: number;
  waiting: (() => void)[];
  timer: NodeJS.Timeout | undefined;
}

const gates = new WeakMap<object, Gate>();

/** Runs the writing of a vote; pages of vote links wait while there are many. */
export async function trackVote<Result>(scope: object, write: () => Promise<Result>): Promise<Result> {
  const gate = gateFor(scope);
  gate.votes += 1;
  if (gate.votes >= MANY_VOTES) {
    gate.busy_until = performance.now() + BUSY_MS;
  }
  try {
    return await write();
  } finally {
    gate.votes -= 1;
    gate.due = Math.min(1, gate.due + 1 / VOTES_PER_PAGE);
    admitWaiting(gate);
  }
}

/**
 * Resolves at once, but while many votes are under way only for one page to every so many of them: when scanners open
 * the links of a whole issue, people's votes come first. A vote takes a page before it, so no page waits for long.
 */
export function admitPage(scope: object): Promise<void> {
  const gate = gateFor(scope);
  return new Promise((resolve) => {
    gate.waiting.push(resolve);
    admitWaiting(gate);
  });
}

function admitWaiting(gate: Gate): void {
  const mayAll = performance.now() >= gate.busy_until;
  const count = mayAll ? gate.waiting.length : Math.floor(gate.due);
  const pages = gate.waiting.splice(0, count);
  gate.due = Math.max(0, gate.due - pages.length);
  pages.forEach((show) => show());
  if (gate.waiting.length > 0 && !gate.timer) {
    gate.timer = setTimeout(() => {
      gate.timer = undefined;
      admitWaiting(gate);
    }, BUSY_MS);
  }
}

function gateFor(scope: object): Gate {
  const gate = gates.get(scope) ?? { votes: 0, busy_until: 0, due: 0, waiting: [], timer: undefined };
  gates.set(scope, gate);
  return gate;
}
