import { z } from 'zod';

/** When a vote is held, and when a mail host counts as one that opens or presses links. All can be set by JUDGING. */
export const THRESHOLDS = {
  /** Both choices of one tool. */
  both_choices_seconds: 10,
  /** So many tools within this time, other than through the ballot. */
  many_tools: 3,
  many_tools_seconds: 2,
  /** Both links of so many tools opened around the time of a vote. */
  swept_tools: 2,
  swept_seconds: 60,
  /** From rendering the page to the vote. */
  too_fast_seconds: 1,
  /** After Resend accepted the mail: an automatic vote, and any vote from a host that scans. */
  at_delivery_seconds: 60,
  scanning_minutes: 30,
  /** After delivery no hand is believed where scanners press buttons. */
  pressing_minutes: 10,
  /** Where scanners press, so many readers voting from one place at delivery are none. */
  pressing_readers: 20,
  /** So many readers vote from one place in a day. */
  one_source_readers: 5,
  /** Per cent of a tool's votes of an hour, of at least so many, by readers who joined within so many days. */
  spike_percent: 30,
  spike_votes: 10,
  new_reader_days: 30,
  /**
   * A domain or mail host is known to scan or press when surely more than so many per cent of its deliveries were opened
   * or voted on at delivery; to do neither when surely fewer (Wilson's interval, 95 %).
   */
  learn_percent: 8,
  learn_clean_percent: 3,
  learn_opened_minutes: 5,
  learn_half_life_days: 28,
};

export type Thresholds = typeof THRESHOLDS;

const NAMES = Object.keys(THRESHOLDS) as (keyof Thresholds)[];

/** `JUDGING=too_fast_seconds=2,one_source_readers=8`: those named differ from the defaults. */
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
          addIssue({ code: 'custom', message: `"${name}" is none of ${NAMES.join(', ')}` });
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
