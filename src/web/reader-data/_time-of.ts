/** "2026-11-24 14:00", in UTC. */
export function timeOf(at: Date | null): string | null {
  return at && !Number.isNaN(at.getTime()) ? at.toISOString().slice(0, 16).replace('T', ' ') : null;
}
