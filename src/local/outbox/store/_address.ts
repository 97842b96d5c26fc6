const BARE_ADDRESS = /^[^\s@<>,;"]+@[^\s@<>,;".]+(\.[^\s@<>,;".]+)+$/;
/** Domains that Resend rejects as recipients (docs/resend.md, calls). */
const REFUSED_DOMAIN = /@(example|test)\.com$/i;

/** The address in `Name <address>`, or the text itself. */
export function bareAddress(text: string): string {
  return /^[^<>]*<([^<>]*)>$/.exec(text.trim())?.[1] ?? text.trim();
}

export function isAddress(text: string): boolean {
  return BARE_ADDRESS.test(bareAddress(text));
}

export function isAtRefusedDomain(text: string): boolean {
  return REFUSED_DOMAIN.test(bareAddress(text));
}
