import { domainToASCII } from 'node:url';
import { LRUCache } from 'lru-cache';
import * as z from 'zod';

const addressShape = z.email();
/** Most readers of a list have one of a few domains. */
const asciiDomains = new LRUCache<string, string>({ max: 5_000 });

/**
 * The address in the form we store and send to: domain in lower-case ASCII, local part as typed. Undefined if it is not
 * a valid address.
 */
export function normalizeAddress(text: string): string | undefined {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  const domain = normalizeDomain(trimmed.slice(at + 1));
  const address = `${trimmed.slice(0, at)}@${domain}`;
  return at > 0 && isAddress(address) && isWithinLengthLimits(at, domain) ? address : undefined;
}

/** In lower-case ASCII; empty if it cannot be a domain. */
function normalizeDomain(domain: string): string {
  let ascii = asciiDomains.get(domain);
  if (ascii === undefined) {
    ascii = toAscii(domain);
    // RFC 1035, section 2.3.4.
    ascii = ascii.split('.').every((label) => label.length <= 63) ? ascii : '';
    asciiDomains.set(domain, ascii);
  }
  return ascii;
}

/**
 * `domainToASCII` parses a URL's host: it would truncate `a/b.example` and decode `%61.example`, so these are rejected
 * first.
 */
function toAscii(domain: string): string {
  return /^(?:[a-z0-9.-]|\P{ASCII})+$/iu.test(domain) ? domainToASCII(domain) : '';
}

/** zod requires letters in the last label, but a country code such as .рф is `xn--p1ai` (RFC 5890). */
function isAddress(address: string): boolean {
  return addressShape.safeParse(address.replace(/\.xn--[a-z0-9-]+$/, '.example')).success;
}

/** RFC 5321, section 4.5.3.1. */
function isWithinLengthLimits(localLength: number, domain: string): boolean {
  return localLength + 1 + domain.length <= 254 && localLength <= 64;
}
