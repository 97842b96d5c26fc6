import type { KnownMailClass } from '../../../src/database/schema.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';

/**
 * What opens a mailbox's links besides its owner. `gets`: opens all of them; `scripts`: runs their pages too; `presses`:
 * presses their buttons as well, with pointer events of its own; `one link`: opens one and runs its page; `one press`:
 * opens one and presses its button; `before delivery`: as `scripts`, while Resend is still at it; `at the click`: opens
 * what its owner clicks, at that moment, and runs its page.
 */
export type Scanner =
  | 'gets'
  | 'scripts'
  | 'presses'
  | 'one link'
  | 'one press'
  | 'before delivery'
  | 'at the click';

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
  has_scripts: boolean;
}

export interface Mix {
  readers: number;
  /** Per cent of mailboxes that are scanned. */
  scanned_percent: number;
  scanners: readonly Scanner[];
  /** Of the scanned mailboxes: behind MX records that nobody has listed; behind those of a clean host. */
  unlisted_share: number;
  disguised_share: number;
}

export const DEFAULT_MIX: Omit<Mix, 'scanned_percent'> = {
  readers: 200_000,
  scanners: ['gets', 'scripts', 'presses', 'one link', 'before delivery', 'at the click'],
  unlisted_share: 0.2,
  disguised_share: 0.01,
};

const VOTING_SHARE = 0.05;
const SCRIPTS_SHARE = 0.997;
/** Of readers whose mail is not scanned: at the large clean hosts; the rest at hosts nobody has listed. */
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
      readers.push(addReader(domain, readers.length, random));
    }
  }
  while (readers.length < mix.readers) {
    const domain = unscannedDomain(domains, random);
    readers.push(addReader(domain, readers.length, random));
  }
  return readers;
}

/** Most companies have one or two readers, some have hundreds. */
function companySize(random: SeededRandom): number {
  return Math.min(2_000, Math.ceil(1.2 / (1 - random.next()) ** 0.9));
}

function companyDomain(index: number, mix: Mix, random: SeededRandom): Domain {
  const luck = random.next();
  const scanner = mix.scanners[Math.floor(random.next() * mix.scanners.length)] ?? 'gets';
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

function addReader(domain: Domain, id: number, random: SeededRandom): Reader {
  const reader = {
    id,
    domain,
    vote_probability: drawVoteProbability(random),
    is_remembered: false,
    has_scripts: random.next() < SCRIPTS_SHARE,
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
