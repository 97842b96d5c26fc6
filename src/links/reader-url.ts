import {
  type ConfirmLink,
  type LinkKeys,
  type LinkPurpose,
  signConfirmation,
  signSubscriber,
} from './tokens.ts';

interface Links {
  config: { publicUrl: string };
  linkKeys: LinkKeys;
}

/** The URL of a reader's page for a purpose, such as unsubscribing; for `address`, `id` is that of an address change. */
export function readerUrl(
  { config, linkKeys }: Links,
  purpose: Exclude<LinkPurpose, 'vote' | 'confirm' | 'remember' | 'page'>,
  id: number,
): string {
  return `${config.publicUrl}/${purpose}/${signSubscriber(linkKeys, purpose, id)}`;
}

export function confirmUrl({ config, linkKeys }: Links, link: ConfirmLink): string {
  return `${config.publicUrl}/confirm/${signConfirmation(linkKeys, link)}`;
}
