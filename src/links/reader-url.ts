import { type LinkKeys, type LinkPurpose, signSubscriber } from './tokens.ts';

/** The URL of a reader's page for a purpose, such as unsubscribing; for `address`, `id` is of an address change. */
export function readerUrl(
  { config, linkKeys }: { config: { publicUrl: string }; linkKeys: LinkKeys },
  purpose: Exclude<LinkPurpose, 'vote' | 'remember' | 'page'>,
  id: number,
): string {
  return `${config.publicUrl}/${purpose}/${signSubscriber(linkKeys, purpose, id)}`;
}
