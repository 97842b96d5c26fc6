const FIRST_NAMES =
  'ada bela cleo dario edda finn gita hugo ines jonas kaja lev mira nils odile pavel quinn rosa sven tove uma vito wanda xenia yusuf'.split(
    ' ',
  );
const LAST_NAMES =
  'ash birch cedar dale elm fern glen heath ives jasper kerr lake moor north oak pike quay reed stone thorn'.split(
    ' ',
  );
const BEHAVIOURS: Record<number, string> = {
  41: 'bounced',
  97: 'complained',
  158: 'bounced',
  233: 'suppressed',
  347: 'bounced',
  402: 'suppressed',
  466: 'complained',
};

/** Readers from this index on joined in the last two weeks. */
const NEW_READERS_FROM = 472;

/**
 * 500 invented readers as CSV lines, all at Resend's test addresses (docs/resend.md, test addresses), confirmed over
 * the previous months.
 */
export function demoReaders(monday: Temporal.PlainDate): string[] {
  const names = FIRST_NAMES.flatMap((first) => LAST_NAMES.map((last) => `${first}.${last}`));
  const lines = names.map((name, index) => {
    const isNew = index >= NEW_READERS_FROM && !BEHAVIOURS[index];
    const days = isNew ? 1 + ((index * 5) % 12) : 15 + ((index * 37) % 300);
    const confirmed = monday.subtract({ days });
    return `${BEHAVIOURS[index] ?? 'delivered'}+${name}@resend.dev,demo,${confirmed.toString()}T12:00:00Z\n`;
  });
  return ['email,consent_source,confirmed_at\n', ...lines];
}
