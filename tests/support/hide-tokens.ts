/** Removes the tokens that make a mail's links personal; otherwise previews and sent mails are the same. */
export function hideTokens(text: string | null | undefined): string {
  return (text ?? '').replaceAll(/\/(v|i|preferences|unsubscribe)\/[\w-]{33}/g, '/$1/token');
}
