import { isLargeProvider } from './mailbox-providers.ts';

/** Domains that are mistyped often enough to be worth a question, the likeliest first. */
const TARGETS = `
  gmail.com googlemail.com hotmail.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it hotmail.es
  outlook.com outlook.de outlook.fr outlook.es yahoo.com yahoo.co.uk yahoo.co.in yahoo.com.br yahoo.fr
  yahoo.de yahoo.it yahoo.es ymail.com icloud.com protonmail.com proton.me fastmail.com aol.com
  live.com gmx.net gmx.de t-online.de freenet.de orange.fr wanadoo.fr laposte.net libero.it
  comcast.net verizon.net sbcglobal.net btinternet.com bigpond.com rediffmail.com yandex.ru yandex.com`
  .split(/\s+/)
  .filter(Boolean)
  .map((domain) => ({ domain, ...split(domain) }));

/** Shorter names are only one letter away from too many others. */
const MIN_LENGTH = 5;
/** A typo in the first letter is rarer, and turns short names into other real ones. */
const MIN_LENGTH_IF_START_DIFFERS = 6;

/** Mistyped endings, none of which is in IANA's list of top-level domains, with the one that was meant. */
const ENDINGS = new Map(
  [
    ['com', 'con cmo ocm comm coom ccom xom vom cim cpm cok copm cpom comn conm coml colm c0m'],
    ['net', 'nte ent ner nett neet nety nwt'],
    ['org', 'ogr rog orgg oorg prg ogrg'],
  ].flatMap(([meant, typed]) => typed!.split(' ').map((ending) => [ending, meant!] as const)),
);
const KNOWN_TYPOS: ReadonlyMap<string, string> = new Map([
  ['icould.com', 'icloud.com'],
  ['gmail.com.br', 'gmail.com'],
]);

/**
 * The address that was probably meant, for the person who typed this one to choose; undefined if there is no reason to
 * ask. Never suggests another address for a domain of a large provider. `address` must be as `readAddress` returns it.
 */
export function suggestAddress(address: string): string | undefined {
  const at = address.lastIndexOf('@');
  const domain = suggestDomain(address.slice(at + 1));
  return domain === undefined ? undefined : `${address.slice(0, at)}@${domain}`;
}

function suggestDomain(domain: string): string | undefined {
  if (isLargeProvider(domain)) {
    return undefined;
  }
  const typed = split(domain);
  const target = TARGETS.find(
    ({ name, ending }) =>
      (typed.name === name && (isOneTypo(typed.ending, ending) || ENDINGS.get(typed.ending) === ending)) ||
      (isTypoOfName(typed.name, name) && (ENDINGS.get(typed.ending) ?? typed.ending) === ending),
  );
  return target?.domain ?? KNOWN_TYPOS.get(domain) ?? withRealEnding(domain);
}

function isTypoOfName(typed: string, name: string): boolean {
  const minimum = typed.startsWith(name.slice(0, 1)) ? MIN_LENGTH : MIN_LENGTH_IF_START_DIFFERS;
  return name.length >= minimum && isOneTypo(typed, name);
}

function withRealEnding(domain: string): string | undefined {
  const dot = domain.lastIndexOf('.');
  const ending = ENDINGS.get(domain.slice(dot + 1));
  return ending === undefined ? undefined : `${domain.slice(0, dot)}.${ending}`;
}

/** "yahoo" and "co.uk". */
function split(domain: string): { name: string; ending: string } {
  const dot = domain.indexOf('.');
  return { name: domain.slice(0, dot), ending: domain.slice(dot + 1) };
}

/** Whether there is one letter too many, too few or wrong, or two adjacent letters are swapped. */
function isOneTypo(typed: string, meant: string): boolean {
  let start = 0;
  while (start < typed.length && typed[start] === meant[start]) {
    start += 1;
  }
  let end = 0;
  const longest = Math.min(typed.length, meant.length) - start;
  while (end < longest && typed.at(-1 - end) === meant.at(-1 - end)) {
    end += 1;
  }
  const typedRest = typed.slice(start, typed.length - end);
  const meantRest = meant.slice(start, meant.length - end);
  const isSwap = typedRest.length === 2 && typedRest === meantRest.split('').toReversed().join('');
  return isSwap || (typedRest.length <= 1 && meantRest.length <= 1 && typedRest !== meantRest);
}
