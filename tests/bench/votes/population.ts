import type { KnownMailClass } from '../../../src/database/schema.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';

/**
 * What else, besides its owner, opens a mailbox's links. `gets`: opens all of them; `scripts`: runs their pages too;
 * `presses`: presses their buttons as well, with pointer events of its own; `one link`: opens one and runs its page;
 * `one press`: opens one and presses its button; `before delivery`: like `scripts`, while Resend is still delivering; `at
 * the click`: opens what its owner clicks, at that moment, and runs its page; `posts`: like `presses`, but submits the
 * forms without running scripts; `sweeps, posts one`: opens all and submits the form of one; `some`: presses three
 * tools, one choice of each; `slow`: like `scripts`, with half a minute between links; `twice`: like `one press`, and
 * again an hour later; `late`: like `presses`, hours later; `late, one link`: like `one link`, hours later; `sample`: like `one press`,
 * but looks at one mail in five.
 */
export type Scanner =
  | 'gets'
  | 'scripts'
  | 'presses'
  | 'one link'
  | 'one press'
  | 'before delivery'
  | 'at the click'
  | 'posts'
  | 'sweeps, posts one'
  | 'some'
  | 'slow'
  | 'twice'
  | 'late'
  | 'late, one link'
  | 'sample';

export interface Domain {
  name: string;
  mail_host: string;
  known_class: KnownMailClass;
  scanner: Scanner | undefined;
  readers: Reader[];
}

export interface Reader {
  id: number;
  domain: Domain;
  /** How likely the reader is to vote in a week. */
  vote_probability: number;
  /** The browser in which a vote was cast by hand keeps the cookie. */
  is_remembered: boolean;
  has_voted_before: boolean;
  has_scripts: boolean;
  /** The network that they vote from, if they share it with others. */
  network: string | undefined;
  /** Their browser opens every link of a mail in advance without saying so; openings that say so leave no evidence. */
  prefetches: boolean;
  /** What they may have in common with other new readers; empty for readers who are not new. */
  origins: readonly string[];
  /** A scanner of their own, if their host has none. */
  scanner: Scanner | undefined;
  /** Whether the mailbox belongs to a stuffer, who votes through many of them. */
  stuffs: boolean;
}

export interface Mix {
  readers: number;
  /** The percentage of mailboxes that are scanned. */
  scanned_percent: number;
  scanners: readonly Scanner[];
  /** The shares of the scanned mailboxes behind MX records that nobody has listed, and behind those of a clean host. */
  unlisted_share: number;
  disguised_share: number;
  /**
   * The share of the readers with unscanned mail who share a network with `size` others, in their own company or at
   * home.
   */
  shared: { share: number; size: number; at: 'office' | 'carrier' };
  /** The share of the readers whose hosts have no scanner who have a scanner of their own. */
  own_scanner_share: number;
  /** Of all readers. */
  scripts_share: number;
  prefetch_share: number;
  /** Whether prefetching browsers say that they prefetch (Sec-Purpose), as the common ones do. */
  prefetchers_say_so: boolean;
  /** The share of all readers who joined this month, together with others in one network. */
  joined_together: { share: number; size: number };
  /** How people behave; see `planWeek`. */
  habits: Habits;
}

export interface Habits {
  /** The share of answers with a human interaction on the page. */
  hand_share: number;
  /**
   * The share of the readers voting on several tools who open them in tabs and look at all of them in quick succession.
   */
  tabs_share: number;
  /** The share of votes that the reader changes within seconds. */
  changes_share: number;
  /** The share of readers who read the mail within half an hour. */
  early_share: number;
  /** The share of mails that are forwarded to somebody who opens a link. */
  forwarded_share: number;
}

export const DEFAULT_MIX: Omit<Mix, 'scanned_percent'> = {
  readers: 200_000,
  scanners: ['gets', 'scripts', 'presses', 'one link', 'before delivery', 'at the click'],
  unlisted_share: 0.2,
  disguised_share: 0.01,
  shared: { share: 0, size: 1, at: 'office' },
  own_scanner_share: 0,
  scripts_share: 0.997,
  prefetch_share: 0,
  prefetchers_say_so: true,
  joined_together: { share: 0, size: 1 },
  habits: { hand_share: 0.9, tabs_share: 0, changes_share: 0.02, early_share: 0.22, forwarded_share: 0 },
};

const VOTING_SHARE = 0.05;
/**
 * The share of the readers with unscanned mail at the large clean hosts; the others are at hosts that nobody has
 * listed.
 */
const LISTED_CLEAN_SHARE = 0.88;
const CONSUMER_DOMAINS = 12;
const SMALL_HOSTS = 60;

export function populate(mix: Mix, random: SeededRandom): Reader[] {
  const readers: Reader[] = [];
  const domains = new Map<string, Domain>();
  const scannedCount = Math.round((mix.readers * mix.scanned_percent) / 100);
  while (readers.length < scannedCount) {
    const domain = companyDomain(domains.size, mix, random);
    domains.set(domain.name, domain);
    const size = Math.min(companySize(random), scannedCount - readers.length);
    for (let index = 0; index < size; index++) {
      readers.push(addReader(domain, readers.length, mix, random));
    }
  }
  while (readers.length < mix.readers) {
    const { share, size } = mix.shared;
    if (random.chance(share / (share + size * (1 - share)))) {
      readers.push(...addNeighbours(domains, readers.length, mix, random));
    } else {
      readers.push(addReader(unscannedDomain(domains, random), readers.length, mix, random));
    }
  }
  readers.forEach((reader, index) => {
    const group = Math.floor(index / mix.joined_together.size);
    if (isIn(mix.joined_together.share, group)) {
      reader.origins = [`joined ${group}`];
    }
  });
  return readers;
}

/** Picks groups at regular intervals rather than at random, so that groups stay whole. */
function isIn(share: number, group: number): boolean {
  return Math.floor((group + 1) * share) > Math.floor(group * share);
}

/** Readers who vote from one address: a company's, or a carrier's customers. */
function addNeighbours(
  domains: Map<string, Domain>,
  first: number,
  mix: Mix,
  random: SeededRandom,
): Reader[] {
  const company = companyWithoutScanner(domains, random);
  return Array.from({ length: mix.shared.size }, (_, index) => {
    const domain = mix.shared.at === 'office' ? company : unscannedDomain(domains, random);
    const reader = addReader(domain, first + index, mix, random);
    reader.network = `network of ${first}`;
    return reader;
  });
}

function companyWithoutScanner(domains: Map<string, Domain>, random: SeededRandom): Domain {
  const number = domains.size;
  const domain: Domain = {
    name: `office-${number}.example`,
    mail_host: random.chance(0.5) ? 'google.com' : `small-host-${number % SMALL_HOSTS}.example`,
    known_class: 'unknown',
    scanner: undefined,
    readers: [],
  };
  domain.known_class = domain.mail_host === 'google.com' ? 'clean' : 'unknown';
  domains.set(domain.name, domain);
  return domain;
}

/** Most companies have one or two readers, some have hundreds. */
function companySize(random: SeededRandom): number {
  return Math.min(2_000, Math.ceil(1.2 / (1 - random.next()) ** 0.9));
}

function companyDomain(index: number, mix: Mix, random: SeededRandom): Domain {
  const luck = random.next();
  const scanner = pickScanner(mix, random);
  const name = `company-${index}.example`;
  if (luck < mix.disguised_share) {
    return { name, mail_host: 'google.com', known_class: 'clean', scanner, readers: [] };
  }
  const isUnlisted = luck < mix.disguised_share + mix.unlisted_share;
  // An unlisted scanner is one company's own, or a product that serves several.
  const product = random.next() < 0.5 ? name : `unlisted-${scanner.replaceAll(' ', '-')}.example`;
  return isUnlisted
    ? { name, mail_host: product, known_class: 'unknown', scanner, readers: [] }
    : {
        name,
        mail_host: `listed-${scanner.replaceAll(' ', '-')}.example`,
        known_class: 'scanned',
        scanner,
        readers: [],
      };
}

function unscannedDomain(domains: Map<string, Domain>, random: SeededRandom): Domain {
  const isListed = random.next() < LISTED_CLEAN_SHARE;
  const number = Math.floor(random.next() * (isListed ? CONSUMER_DOMAINS : 6_000));
  const name = isListed ? `consumer-${number}.example` : `small-${number}.example`;
  const domain = domains.get(name) ?? {
    name,
    mail_host: isListed ? 'google.com' : `small-host-${number % SMALL_HOSTS}.example`,
    known_class: isListed ? ('clean' as const) : ('unknown' as const),
    scanner: undefined,
    readers: [],
  };
  domains.set(name, domain);
  return domain;
}

function pickScanner({ scanners }: Mix, random: SeededRandom): Scanner {
  return scanners[Math.floor(random.next() * scanners.length)] ?? 'gets';
}

export function addReader(domain: Domain, id: number, mix: Mix, random: SeededRandom): Reader {
  const reader: Reader = {
    id,
    domain,
    vote_probability: drawVoteProbability(random),
    is_remembered: false,
    has_voted_before: false,
    has_scripts: random.next() < mix.scripts_share,
    network: domain.scanner ? `office of ${domain.name}` : undefined,
    prefetches: random.chance(mix.prefetch_share) && !mix.prefetchers_say_so,
    origins: [],
    scanner: domain.scanner ?? (random.chance(mix.own_scanner_share) ? pickScanner(mix, random) : undefined),
    stuffs: false,
  };
  domain.readers.push(reader);
  return reader;
}

/** Few vote nearly every week, most hardly ever: on average one in twenty. */
function drawVoteProbability(random: SeededRandom): number {
  const luck = random.next();
  if (luck < 0.04) {
    return 0.7;
  }
  return luck < 0.2 ? (VOTING_SHARE - 0.04 * 0.7 - 0.8 * 0.004) / 0.16 : 0.004;
}
