import { domainToASCII } from 'node:url';
import { z } from 'zod';

const addressShape = z.email();

/** The address as we store and send to it: domain in lower-case ASCII, local part as typed. Undefined for no address. */
export function normalizeAddress(text: string): string | undefined {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  const domain = asciiOf(trimmed.slice(at + 1));
  const address = `${trimmed.slice(0, at)}@${domain}`;
  return at > 0 && isAddress(address) && fits(trimmed.slice(0, at), domain) ? address : undefined;
}

/** domainToASCII reads a URL's host: it would cut `a/b.example` and decode `%61.example`. */
function asciiOf(domain: string): string {
  return /^(?:[a-z0-9.-]|\P{ASCII})+$/iu.test(domain) ? domainToASCII(domain) : '';
}

/** zod wants letters in the last label; a country code such as .рф is `xn--p1ai` (RFC 5890). */
function isAddress(address: string): boolean {
  return addressShape.safeParse(address.replace(/\.xn--[a-z0-9-]+$/, '.example')).success;
}

/** RFC 5321, section 4.5.3.1, and RFC 1035, section 2.3.4. */
function fits(local: string, domain: string): boolean {
  return (
    local.length + 1 + domain.length <= 254 &&
    local.length <= 64 &&
    domain.split('.').every((label) => label.length <= 63)
  );
}
