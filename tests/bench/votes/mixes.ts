import { DEFAULT_MIX, type Mix } from './population.ts';
import type { StufferKind } from './stuffers.ts';

const SHARES = [1, 5, 25, 50];
const SIZES = [5, 30, 500];
const STUFFERS: StufferKind[] = [
  'one network',
  'one domain',
  'tags',
  'one source',
  'aged',
  'many origins',
  'exchange',
];

export interface NamedMix {
  name: string;
  mix: Mix;
  stuffer?: StufferKind;
}

/** The mixes for which every policy's figures are printed, and from which the plot is drawn. */
export const SCANNED_MIXES: readonly NamedMix[] = SHARES.map((scanned_percent) => ({
  name: `${scanned_percent} % of mailboxes scanned`,
  mix: { ...DEFAULT_MIX, scanned_percent },
}));

const { habits } = DEFAULT_MIX;

/**
 * Situations that the rules were not made for, each with 25 % of mailboxes scanned: unusual scanners, and unusual
 * people.
 */
const CHANGES: Record<string, Partial<Mix>> = {
  'only scanners that open one link and run it': { scanners: ['one link'] },
  'only scanners that open one link and press it': { scanners: ['one press'] },
  ...Object.fromEntries(
    (
      [
        'presses',
        'posts',
        'sweeps, posts one',
        'some',
        'slow',
        'twice',
        'late',
        'late, one link',
        'sample',
      ] as const
    ).map((scanner) => [`only scanners of the kind “${scanner}”`, { scanners: [scanner] }]),
  ),
  'a twentieth of the others with a scanner of their own': {
    own_scanner_share: 0.05,
    scanners: ['gets', 'scripts', 'presses', 'posts', 'some', 'slow'],
  },
  'half of the scanners at hosts nobody listed': { unlisted_share: 0.5 },
  'a tenth of the scanners behind a clean host': { disguised_share: 0.1 },
  ...Object.fromEntries(
    SIZES.flatMap((size) => [
      [`offices of ${size} behind one address`, { shared: { share: 0.6, size, at: 'office' } }],
      [`carriers’ networks of ${size}`, { shared: { share: 0.6, size, at: 'carrier' } }],
    ]),
  ),
  'offices of 30 without scripts': { shared: { share: 0.6, size: 30, at: 'office' }, scripts_share: 0 },
  'carriers’ networks of 500, pages not touched': {
    shared: { share: 0.6, size: 500, at: 'carrier' },
    habits: { ...habits, hand_share: 0.2 },
  },
  'a VPN or a relay for everybody': { shared: { share: 0.98, size: 2_000, at: 'carrier' } },
  'tablets that four readers share': { shared: { share: 0.6, size: 4, at: 'carrier' } },
  'nobody has scripts': { scripts_share: 0 },
  'browsers that prefetch': { prefetch_share: 0.5 },
  'browsers that prefetch, without scripts': { prefetch_share: 0.5, scripts_share: 0 },
  'browsers that prefetch and do not say so': { prefetch_share: 0.5, prefetchers_say_so: false },
  'browsers that prefetch and do not say so, without scripts': {
    prefetch_share: 0.5,
    prefetchers_say_so: false,
    scripts_share: 0,
  },
  tabs: { habits: { ...habits, tabs_share: 0.5 } },
  'many who change their minds': { habits: { ...habits, changes_share: 0.2 } },
  'all read within half an hour': { habits: { ...habits, early_share: 0.9 } },
  'nobody reads before half an hour': { habits: { ...habits, early_share: 0 } },
  'a twentieth of the mails forwarded': { habits: { ...habits, forwarded_share: 0.05 } },
  'classes of 30 who joined together': {
    joined_together: { share: 0.3, size: 30 },
    shared: { share: 0.6, size: 30, at: 'office' },
  },
};

const OTHER_READERS = 50_000;

export const OTHER_MIXES: readonly NamedMix[] = Object.entries(CHANGES).map(([name, changes]) => ({
  name,
  mix: { ...DEFAULT_MIX, readers: OTHER_READERS, scanned_percent: 25, ...changes },
}));

export const STUFFED_MIXES: readonly NamedMix[] = STUFFERS.map((stuffer) => ({
  name: stuffer,
  mix: { ...DEFAULT_MIX, readers: OTHER_READERS, scanned_percent: 25 },
  stuffer,
}));
