import { LRUCache } from 'lru-cache';
import { domainToASCII } from 'node:url';

/** Either the address in the form we store and send to, or what is wrong, in words for the person who typed it. */
export type AddressReading = { address: string; problem?: never } | { address?: never; problem: string };

const EXAMPLE = 'It should read like name@example.net.';
/** RFC 5322, section 3.2.3 (dot-atom): the characters that may stand before the @ without quotation marks. */
const ATEXT = /^[\w!#$%&'*+\-/=?^`{|}~.]+$/;
/** RFC 5321, section 4.5.3.1; RFC 1035, section 2.3.4. */
const MAX_LOCAL = 64;
const MAX_ADDRESS = 254;
const MAX_LABEL = 63;

/**
 * An address with nothing to correct or convert. Nearly all of the addresses in an import are like that, and there may be a
 * million of them.
 */
const PLAIN =
  /^(?!.{255})(?=[^@]{1,64}@)[\w!#$%&'*+\-/=?^`{|}~]+(?:\.[\w!#$%&'*+\-/=?^`{|}~]+)*@(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z]{2,63}$/;
/** What follows this prefix (RFC 5890) has to be checked: it may not be valid Punycode. */
const PUNYCODE_PREFIX = 'xn--';

/** Most addresses in a list are at one of only a few domains. */
const asciiDomains = new LRUCache<string, string>({ max: 5_000 });

/**
 * Reads what somebody typed or pasted. Corrects what can be meant in only one way: invisible and full-width characters, a
 * name and angle brackets, `mailto:`, spaces beside @ and dots, and dots, commas and semicolons at the end. The domain becomes
 * lower-case ASCII; the part before the @ stays as typed. Accepts every dot-atom of RFC 5322, and no address that would
 * need quotation marks or SMTPUTF8 (RFC 6531).
 */
export function readAddress(text: string): AddressReading {
  if (PLAIN.test(text) && !text.includes(PUNYCODE_PREFIX)) {
    return { address: text };
  }
  const normalized = normalize(text);
  const at = normalized.lastIndexOf('@');
  const local = normalized.slice(0, at);
  const typedDomain = normalized.slice(at + 1);
  const problem =
    findShapeProblem(normalized, at) ?? findLocalProblem(local) ?? findDomainCharacterProblem(typedDomain);
  if (problem !== undefined) {
    return { problem };
  }
  const domain = toAscii(typedDomain);
  const domainProblem = findDomainProblem(domain, typedDomain);
  if (domainProblem !== undefined) {
    return { problem: domainProblem };
  }
  return local.length + 1 + domain.length > MAX_ADDRESS
    ? { problem: `The address is longer than ${MAX_ADDRESS} characters, more than mail can carry.` }
    : { address: `${local}@${domain}` };
}

/**
 * As `readAddress`, for callers with their own error message: undefined if this is not an address that we can send to.
 */
export function normalizeAddress(text: string): string | undefined {
  return readAddress(text).address;
}

function normalize(text: string): string {
  // Zero-width joiners and non-joiners belong to some domain names, between letters that are not ASCII.
  const visible = text
    .replaceAll(/(?<!\P{ASCII})[\u200C\u200D]|(?![\u200C\u200D])\p{Cf}/gu, '')
    .replaceAll(/[\uFF01-\uFF5E]/g, (wide) => String.fromCodePoint(wide.codePointAt(0)! - 0xfe_e0))
    .trim();
  const [, bracketed] = /^[^<>]*<([^<>]+)>[\s,;.]*$/.exec(visible) ?? [];
  return fromMailto(bracketed ?? visible)
    .replace(/[\s,;.]+$/, '')
    .replaceAll(/[\t\p{Zs}]*([@.])[\t\p{Zs}]*/gu, '$1')
    .trim();
}

/** RFC 6068: the address is percent-encoded, and fields may follow after a question mark. */
function fromMailto(text: string): string {
  const [, target] = /^mailto:([^?]*)/i.exec(text) ?? [];
  if (target === undefined) {
    return text;
  }
  try {
    return decodeURIComponent(target);
  } catch {
    return target;
  }
}

function findShapeProblem(text: string, at: number): string | undefined {
  if (text === '') {
    return `Please write your e-mail address. ${EXAMPLE}`;
  }
  if (at === -1) {
    return `There is no @ in that address. ${EXAMPLE}`;
  }
  if (at === 0) {
    return `There is nothing before the @. ${EXAMPLE}`;
  }
  if (at === text.length - 1) {
    return `There is nothing after the @. ${EXAMPLE}`;
  }
  if (text.startsWith('"')) {
    return 'We cannot send to addresses in quotation marks. Please use another one.';
  }
  if (text.indexOf('@') < at) {
    return /[,;\s]/.test(text)
      ? 'Please write one address only.'
      : `There is more than one @ in that address. ${EXAMPLE}`;
  }
  return undefined;
}

function findLocalProblem(local: string): string | undefined {
  if (!ATEXT.test(local)) {
    const character = Array.from(local).find((one) => !ATEXT.test(one))!;
    return /[\p{L}\p{M}\p{N}\p{So}]/u.test(character)
      ? `We cannot send to addresses with ${nameOf(character)} before the @: much of the world’s mail cannot carry it yet. Please use a spelling in plain letters.`
      : `There cannot be ${nameOf(character)} before the @. ${EXAMPLE}`;
  }
  if (/^\.|\.\.|\.$/.test(local)) {
    return 'Before the @, a dot can stand only between other characters, and not twice in a row.';
  }
  return local.length > MAX_LOCAL
    ? `The part before the @ is longer than ${MAX_LOCAL} characters, more than mail can carry.`
    : undefined;
}

/**
 * Finds characters that cannot be part of any domain. `domainToASCII` parses a URL's host: it would truncate
 * `a/b.example` and decode `%61.example`, so these are rejected first.
 */
function findDomainCharacterProblem(domain: string): string | undefined {
  if (domain.startsWith('[')) {
    return 'We cannot send to a network address in brackets. Please write the name of a mail domain after the @.';
  }
  const character = Array.from(domain).find((one) => !/[a-z0-9.-]|\P{ASCII}/iu.test(one));
  return character === undefined ? undefined : `There cannot be ${nameOf(character)} after the @. ${EXAMPLE}`;
}

/** The domain in lower-case ASCII; empty if it is not a valid domain. */
function toAscii(domain: string): string {
  let ascii = asciiDomains.get(domain);
  if (ascii === undefined) {
    ascii = domainToASCII(domain).replace(/\.$/, '');
    asciiDomains.set(domain, ascii);
  }
  return ascii;
}

function findDomainProblem(domain: string, typed: string): string | undefined {
  const labels = domain.split('.');
  if (domain === '' || !labels.every((label) => /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(label))) {
    return `“${typed}” is not a domain name. ${EXAMPLE}`;
  }
  if (labels.length < 2) {
    return `The part after the @ lacks an ending, such as .com. ${EXAMPLE}`;
  }
  if (/^\d+$/.test(labels.at(-1)!)) {
    return 'We cannot send to a network address. Please write the name of a mail domain after the @.';
  }
  return labels.some((label) => label.length > MAX_LABEL)
    ? `A part of the domain is longer than ${MAX_LABEL} characters, more than a domain can have.`
    : undefined;
}

/** What messages call a character: an invisible one is named by its code point. */
function nameOf(character: string): string {
  if (character === ' ' || character === '\u00A0') {
    return 'a space';
  }
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  return /[\p{C}\p{Z}]/u.test(character) ? `the character U+${code}` : `“${character}”`;
}
