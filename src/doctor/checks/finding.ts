export type State = 'ok' | 'warning' | 'error';

/**
 * What one check found. `error`: something does not work, or soon will not work; `warning`: somebody should look at it.
 */
export interface Finding {
  name: string;
  state: State;
  message: string;
  /** What to do about it; every warning and error has advice. */
  advice?: string;
}

export function fine(name: string, message: string): Finding {
  return { name, state: 'ok', message };
}

export function warning(name: string, message: string, advice: string): Finding {
  return { name, state: 'warning', message, advice };
}

export function fault(name: string, message: string, advice: string): Finding {
  return { name, state: 'error', message, advice };
}

/** "3 minutes", "2 hours", "5 days": rounded down. */
export function describeAge(milliseconds: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1_000],
  ] as const;
  const [unit, size] = units.find(([, size]) => milliseconds >= size) ?? ['second', 1_000];
  const count = Math.max(0, Math.floor(milliseconds / size));
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
