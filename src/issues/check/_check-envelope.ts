import type { Rendering } from '../render/render.tsx';
import type { Finding } from './finding.ts';

/** What becomes of the mail's headers. */
export function checkEnvelope({ subject, envelope }: Rendering): Finding[] {
  const { from, reply_to, public_url, list_id, feedback_id } = envelope;
  const values = { subject, from, reply_to: reply_to ?? '', list_id, feedback_id };
  const broken = Object.entries(values).filter(([, value]) =>
    /\p{Cc}|[\u202A-\u202E\u2066-\u2069]/u.test(value),
  );
  const isLocal = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::|$)/.test(public_url);
  return [
    ...broken.map(([name]) => ({
      check: 'headers',
      what: `${name} holds a line break, a turn of direction or another control character`,
      mend: 'take it out of the settings or the content',
    })),
    ...(/^[^<>]+ <[^\s@<>]+@[^\s@<>]+>$/.test(from)
      ? []
      : [{ check: 'headers', what: 'the sender has no name', mend: 'set MAIL_FROM to `Name <address>`' }]),
    // RFC 8058, section 3.1: the address of one-click unsubscribing is an HTTPS URI.
    ...(public_url.startsWith('https:') || isLocal
      ? []
      : [{ check: 'headers', what: 'List-Unsubscribe is no https address', mend: 'set PUBLIC_URL to one' }]),
  ];
}
