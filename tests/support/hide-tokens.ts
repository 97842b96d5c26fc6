/** A mail without what makes its links one reader's own: previews and sent mails are the same otherwise. */
export function hideTokens(text: string | null | undefined): string {
  return (text ?? '').replaceAll(/\/(v|i|preferences|unsubscribe)\/[\w-]{33}/g, '/$1/token');
}
