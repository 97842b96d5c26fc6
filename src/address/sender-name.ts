/** The name in a sender such as `"Verdicts, weekly" <verdicts@example.net>` (RFC 5322, section 3.4), without quotation marks. */
export function senderNameOf(sender: string): string {
  const name = sender.replace(/\s*<[^<>]*>\s*$/, '');
  return /^".*"$/.test(name) ? name.slice(1, -1).replaceAll(/\\(.)/g, '$1') : name;
}
