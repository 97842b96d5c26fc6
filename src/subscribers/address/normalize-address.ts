import { domainToASCII } from 'node:url';
import * as z from 'zod';

const addressShape = z.email();

/**
 * The address in the form we store and send to: domain in lower-case ASCII, local part as typed. Undefined if it is not
 * a valid address.
 */
export function normalizeAddress(text: string): string | undefined {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  const domain = toAscii(trimmed.slice(at + 1));
  const address = `${trimmed.slice(0, at)}@${domain}`;
  return at > 0 && isAddress(address) && isWithinLengthLimits(trimmed.slice(0, at), domain)
    ? address
    : undefined;
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

/** RFC 5321, section 4.5.3.1, and RFC 1035, section 2.3.4. */
function isWithinLengthLimits(local: string, domain: string): boolean {
  return (
    local.length + 1 + domain.length <= 254 &&
    local.length <= 64 &&
    domain.split('.').every((label) => label.length <= 63)
  );
}
