/** So many votes under way are more than are written at leisure; and so they are called for a while. */
const MANY_VOTES = 24;
const BUSY_MS = 100;
/** Pages are shown even then, one to so many votes. */
const VOTES_PER_PAGE = 48;

interface Door {
  votes: number;
  busy_until: number;
  /** Pages that may be shown though it is busy. */
  due: number;
  waiting: (() => void)[];
  timer: NodeJS.Timeout | undefined;
}

const doors = new WeakMap<object, Door>();

/** Runs the writing of a vote; pages of vote links wait while there are many. */
export async function asVote<Result>(scope: object, write: () => Promise<Result>): Promise<Result> {
  const door = doorOf(scope);
  door.votes += 1;
  if (door.votes >= MANY_VOTES) {
    door.busy_until = performance.now() + BUSY_MS;
  }
  try {
    return await write();
  } finally {
    door.votes -= 1;
    door.due = Math.min(1, door.due + 1 / VOTES_PER_PAGE);
    letIn(door);
  }
}

/**
 * Resolves at once, but while many votes are under way only for one page to every so many of them: when scanners open
 * the links of a whole issue, people's votes come first. A vote takes a page before it, so no page waits for long.
 */
export function admitPage(scope: object): Promise<void> {
  const door = doorOf(scope);
  return new Promise((resolve) => {
    door.waiting.push(resolve);
    letIn(door);
  });
}

function letIn(door: Door): void {
  const mayAll = performance.now() >= door.busy_until;
  const count = mayAll ? door.waiting.length : Math.floor(door.due);
  const pages = door.waiting.splice(0, count);
  door.due = Math.max(0, door.due - pages.length);
  pages.forEach((show) => show());
  if (door.waiting.length > 0 && !door.timer) {
    door.timer = setTimeout(() => {
      door.timer = undefined;
      letIn(door);
    }, BUSY_MS);
  }
}

function doorOf(scope: object): Door {
  const door = doors.get(scope) ?? { votes: 0, busy_until: 0, due: 0, waiting: [], timer: undefined };
  doors.set(scope, door);
  return door;
}
