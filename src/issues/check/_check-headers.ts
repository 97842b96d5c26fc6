import type { Rendering } from '../render/render.tsx';
import type { Finding } from '../finding/finding.ts';

/** Checks the values that become mail headers. */
export function checkHeaders({ subject, envelope }: Rendering): Finding[] {
  const { from, reply_to, public_url, list_id, feedback_id } = envelope;
  const values = { subject, from, reply_to: reply_to ?? '', list_id, feedback_id };
  const invalid = Object.entries(values).filter(([, value]) =>
    /\p{Cc}|[\u202A-\u202E\u2066-\u2069]/u.test(value),
  );
  const isLocal = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::|$)/.test(public_url);
  return [
    ...invalid.map(([name]) => ({
      check: 'headers',
      what: `${name} contains a line break, a bidirectional control or another control character`,
      fix: 'remove it from the settings or the content',
    })),
    ...(/^[^<>]+ <[^\s@<>]+@[^\s@<>]+>$/.test(from)
      ? []
      : [{ check: 'headers', what: 'the sender has no name', fix: 'set MAIL_FROM to `Name <address>`' }]),
    // RFC 8058, section 3.1: one-click unsubscribe requires an HTTPS URI.
    ...(public_url.startsWith('https:') || isLocal
      ? []
      : [{ check: 'headers', what: 'List-Unsubscribe is not an https URL', fix: 'set PUBLIC_URL to one' }]),
  ];
}
