/**
 * Mail clients show their own unsubscribe button for these (RFC 2369, RFC 8058). With a mailbox, those that send a mail
 * instead of calling a URL can do that; `readUnsubscribeToken` reads its subject.
 */
export function unsubscribeHeaders(url: string, mailbox: string | undefined): Record<string, string> {
  const token = url.slice(url.lastIndexOf('/') + 1);
  const addresses = [
    url,
    // RFC 6068: everything but the @ percent-encoded.
    ...(mailbox
      ? [`mailto:${encodeURIComponent(mailbox).replace('%40', '@')}?subject=unsubscribe%20${token}`]
      : []),
  ];
  return {
    'List-Unsubscribe': addresses.map((address) => `<${address}>`).join(', '),
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  };
}

/** Mail programs put "Re:" before a subject, wrap it, or encode its space. */
export function readUnsubscribeToken(subject: string): string | undefined {
  return /unsubscribe[\s+_]+([\w-]{33})(?![\w-])/i.exec(subject)?.[1];
}
