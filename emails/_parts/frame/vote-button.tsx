import { FramedLink } from './framed-link.tsx';
import { light, SIZES } from './theme.ts';

interface VoteButtonProps {
  href: string;
  choice: 'ship' | 'skip';
  name: string;
}

/** Both choices look the same, in every mail: neither is recommended. At least 44 px high. */
function VoteButton({ href, choice, name }: VoteButtonProps) {
  const isShip = choice === 'ship';
  return (
    <FramedLink
      href={href}
      table={{ width: '100%', margin: '0 0 8px' }}
      cell={{ className: 'd-ink-line', style: { border: `2px solid ${light.ink}`, textAlign: 'center' } }}
      link={{
        className: 'd-ink',
        style: {
          padding: '9px 1px',
          color: light.ink,
          // A name of eleven letters fits on its line in half of a phone's width, with text at twice the size.
          fontSize: SIZES.small,
          textDecoration: 'none',
        },
      }}
    >
      <span aria-hidden="true">{isShip ? '✓' : '✕'}</span> {isShip ? 'Ship' : 'Skip'} {name}
    </FramedLink>
  );
}

interface VoteButtonsProps {
  tool: { slug: string; name: string };
  voteUrl: string;
}

/** Ship first, for every tool, reader and week. */
export function VoteButtons({ tool: { slug, name }, voteUrl }: VoteButtonsProps) {
  return (
    <>
      <VoteButton href={`${voteUrl}/${slug}/ship`} choice="ship" name={name} />
      <VoteButton href={`${voteUrl}/${slug}/skip`} choice="skip" name={name} />
    </>
  );
}
