/** With this many votes in flight the service counts as busy for the next BUSY_MS. */
const BUSY_VOTES_IN_FLIGHT = 24;
const BUSY_MS = 100;
/** While busy, one page is shown for this many finished votes. */
const VOTES_PER_PAGE = 48;

interface Gate {
  votes_in_flight: number;
  busy_until: number;
  /** Earned by finished votes; each page shown costs 1. */
  page_credit: number;
  waiting: (() => void)[];
  timer: NodeJS.Timeout | undefined;
}

const gates = new WeakMap<object, Gate>();

/** Runs `write`, which stores a vote, and counts it as in flight. */
export async function trackVote<Result>(scope: object, write: () => Promise<Result>): Promise<Result> {
  const gate = gateFor(scope);
  gate.votes_in_flight += 1;
  if (gate.votes_in_flight >= BUSY_VOTES_IN_FLIGHT) {
    gate.busy_until = performance.now() + BUSY_MS;
  }
  try {
    return await write();
  } finally {
    gate.votes_in_flight -= 1;
    gate.page_credit = Math.min(1, gate.page_credit + 1 / VOTES_PER_PAGE);
    admitWaiting(gate);
  }
}

/**
 * Resolves at once, except while busy: then only one page per VOTES_PER_PAGE votes is admitted. When scanners open the
 * links of a whole issue, people's votes have priority. A vote is posted from a page, so pages never wait for long.
 */
export function admitPage(scope: object): Promise<void> {
  const gate = gateFor(scope);
  return new Promise((resolve) => {
    gate.waiting.push(resolve);
    admitWaiting(gate);
  });
}

function admitWaiting(gate: Gate): void {
  const isBusy = performance.now() < gate.busy_until;
  const count = isBusy ? Math.floor(gate.page_credit) : gate.waiting.length;
  const pages = gate.waiting.splice(0, count);
  gate.page_credit = Math.max(0, gate.page_credit - pages.length);
  pages.forEach((show) => show());
  if (gate.waiting.length > 0 && !gate.timer) {
    gate.timer = setTimeout(() => {
      gate.timer = undefined;
      admitWaiting(gate);
    }, BUSY_MS);
  }
}

function gateFor(scope: object): Gate {
  const gate = gates.get(scope) ?? {
    votes_in_flight: 0,
    busy_until: 0,
    page_credit: 0,
    waiting: [],
    timer: undefined,
  };
  gates.set(scope, gate);
  return gate;
}
