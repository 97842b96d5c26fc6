import { type LinkKeys, type LinkPurpose, signSubscriber } from './tokens.ts';

/** The page of a reader's own for a purpose, such as leaving: `address` takes the id of a change. */
export function readerUrl(
  { config, linkKeys }: { config: { publicUrl: string }; linkKeys: LinkKeys },
  purpose: Exclude<LinkPurpose, 'vote' | 'remember' | 'page'>,
  id: number,
): string {
  return `${config.publicUrl}/${purpose}/${signSubscriber(linkKeys, purpose, id)}`;
}
