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
  /** Soon after delivery, pages rendered this close to each other were not opened one by one. */
  swept_tab_ms: 200,
  /** Pressed within this time of being rendered, the buttons of such pages were not pressed by a person, even long after delivery. */
  swept_press_seconds: 5,
  /** Both links of this many tools opened within `swept_seconds` teach that a host scans; within `swept_minutes`, that this mail was scanned. */
  swept_tools: 2,
  swept_seconds: 60,
  swept_minutes: 15,
  /** Minimum time from rendering the page to the vote. */
  too_fast_seconds: 1,
  /**
   * Votes cast this soon after the mail arrived are held: automatic ones within `at_delivery_seconds`, any from a
   * host that scans within `scanning_minutes`.
   */
  at_delivery_seconds: 60,
  scanning_minutes: 30,
  /** Few read a mail so soon after delivery: until then a vote without human interaction is held, except on hosts known not to scan. */
  unread_seconds: 20,
  /**
   * On hosts whose scanners press buttons, human interaction is not trusted for `pressing_minutes` after delivery;
   * until `pressing_hours` it is trusted only if another link was opened `visit_seconds` earlier, and not from a source
   * that `pressing_readers` readers voted from early.
   */
  pressing_minutes: 10,
  pressing_hours: 6,
  visit_seconds: 30,
  pressing_readers: 20,
  /** Votes are held when this many readers vote from one source within `scanning_minutes` of delivery. */
  one_source_readers: 5,
  /**
   * Votes of at least `crowd_readers` readers who joined from one origin within these days are held as a crowd if the chance that
   * readers like the others would vote so one-sidedly is below `crowd_chance`.
   */
  new_reader_days: 30,
  /**
   * Readers who joined from an origin as its `crowd_readers`th or later are judged by it for this long: a ballot
   * stuffer may let accounts age.
   */
  crowd_days: 90,
  crowd_readers: 5,
  crowd_chance: 0.001,
  /**
   * A domain or mail host is classified as scanning when the percentage of its deliveries with links opened soon after
   * delivery is above the first value, as pressing when that of those with votes by button within `pressing_minutes` is
   * above the second, and as clean when the first is below the third, each with 95% confidence (Wilson interval). The
   * second value is high because some readers do press that soon, and human interaction counts for little on a pressing
   * host: a few quick readers must not get their whole host classified as one. With fewer than `learn_few_deliveries`, a domain
   * at a host that is known as clean needs `learn_few_percent` for both, unless links were swept: one quick reader of a small
   * domain is no scanner.
   */
  learn_percent: 8,
  learn_pressed_percent: 25,
  learn_clean_percent: 3,
  learn_few_deliveries: 30,
  learn_few_percent: 40,
  learn_opened_minutes: 5,
  learn_half_life_days: 28,
};

export type Thresholds = typeof THRESHOLDS;

/** Thresholds of rules that earlier versions had: still accepted, so that an update does not stop the service, but unused. */
const RETIRED = ['spike_percent', 'spike_votes'];
const NAMES = Object.keys(THRESHOLDS);

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
        if (![...NAMES, ...RETIRED].includes(name)) {
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
