import * as z from 'zod';

/** When a vote is held, and when a mail host is classified as one that scans links or presses buttons. JUDGING overrides any value. */
export const THRESHOLDS = {
  /** Opposite choices on one tool within this time. */
  both_choices_seconds: 10,
  /** After this time a person has seen that their vote is counted, and may change it. */
  answered_seconds: 3,
  /** Votes on this many tools within this time, other than on the ballot. */
  many_tools: 3,
  many_tools_seconds: 2,
  /** Both links of this many tools opened within this time of a vote. */
  swept_tools: 2,
  swept_seconds: 60,
  /** Minimum time from rendering the page to the vote. */
  too_fast_seconds: 1,
  /**
   * Votes cast this soon after Resend accepted the mail are held: automatic ones within `at_delivery_seconds`, any from a
   * host that scans within `scanning_minutes`.
   */
  at_delivery_seconds: 60,
  scanning_minutes: 30,
  /** After delivery: human interaction is not trusted on hosts whose scanners press buttons. */
  pressing_minutes: 10,
  /** This many readers voting from one source at delivery are held on hosts whose scanners press buttons. */
  pressing_readers: 20,
  /** Votes are held when this many readers vote from one source in a day. */
  one_source_readers: 5,
  /** Percentage of a tool's votes in an hour (with at least this many) by readers who joined within this many days. */
  spike_percent: 30,
  spike_votes: 10,
  new_reader_days: 30,
  /**
   * A domain or mail host is classified as scanning (or pressing) when the percentage of its deliveries with links opened
   * (or votes cast) soon after delivery is above the first value, and as clean when it is below the second, each with
   * 95% confidence (Wilson interval).
   */
  learn_percent: 8,
  learn_clean_percent: 3,
  learn_opened_minutes: 5,
  learn_half_life_days: 28,
};

export type Thresholds = typeof THRESHOLDS;

const NAMES = Object.keys(THRESHOLDS) as (keyof Thresholds)[];

/** `JUDGING=too_fast_seconds=2,one_source_readers=8` overrides these two defaults. */
export const judgingSettings = {
  JUDGING: z
    .string()
    .trim()
    .optional()
    .transform((value) => (value ?? '').split(',').filter((part) => part.trim() !== ''))
    .superRefine((parts, { addIssue }) => {
      for (const part of parts) {
        const [name = '', number = ''] = part.trim().split('=');
        if (!NAMES.includes(name as keyof Thresholds)) {
          addIssue({ code: 'custom', message: `"${name}" is unknown; the names are ${NAMES.join(', ')}` });
        } else if (!/^\d+(\.\d+)?$/.test(number)) {
          addIssue({
            code: 'custom',
            message: `${name} must be a number, for example ${name}=${THRESHOLDS[name as keyof Thresholds]}`,
          });
        }
      }
    })
    .transform((parts): Thresholds => {
      const changes = parts
        .map((part) => part.trim().split('='))
        .map(([name, number]) => [name, Number(number)]);
      return { ...THRESHOLDS, ...(Object.fromEntries(changes) as Partial<Thresholds>) };
    }),
};
