import { styles } from '../frame/styles.ts';
import { light } from '../frame/theme.ts';

interface VoteLinksProps {
  tool: { slug: string; name: string };
  voteUrl: string;
}

/** Ship and skip links of a tool, each 44 px high. */
export function VoteLinks({ tool: { slug, name }, voteUrl }: VoteLinksProps) {
  return (
    <>
      <VoteLink href={`${voteUrl}/${slug}/ship`} kind="ship" name={name} />
      <br />
      <VoteLink href={`${voteUrl}/${slug}/skip`} kind="skip" name={name} />
    </>
  );
}

function VoteLink({ href, kind, name }: { href: string; kind: 'ship' | 'skip'; name: string }) {
  return (
    <a
      href={href}
      className={`d-${kind}`}
      style={{
        ...styles.link,
        display: 'inline-block',
        padding: '12px 0',
        color: light[kind],
        fontWeight: 700,
      }}
    >
      {kind === 'ship' ? '✓ Ship' : '✕ Skip'} {name}
    </a>
  );
}
