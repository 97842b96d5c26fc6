import { light, SIZES } from './theme.ts';

interface VoteButtonProps {
  href: string;
  choice: 'ship' | 'skip';
  name: string;
}

/**
 * Both choices look the same, in every mail: neither is recommended. At least 44 px high; a table cell, since Outlook's Word
 * engine gives borders and padding to cells only.
 */
export function VoteButton({ href, choice, name }: VoteButtonProps) {
  return (
    <table
      role="presentation"
      cellPadding={0}
      cellSpacing={0}
      border={0}
      style={{ width: '100%', borderCollapse: 'separate', margin: '0 0 8px' }}
    >
      <tbody>
        <tr>
          <td
            className="d-ink-line"
            style={{ border: `2px solid ${light.ink}`, borderRadius: 6, textAlign: 'center' }}
          >
            <a
              href={href}
              className="d-ink"
              style={{
                display: 'block',
                padding: '9px 1px',
                color: light.ink,
                // A name of eleven letters fits on its line in half a phone, with text at twice the size.
                fontSize: SIZES.small,
                fontWeight: 700,
                lineHeight: '22px',
                textDecoration: 'none',
              }}
            >
              <span aria-hidden="true">{choice === 'ship' ? '✓' : '✕'}</span>{' '}
              {choice === 'ship' ? 'Ship' : 'Skip'} {name}
            </a>
          </td>
        </tr>
      </tbody>
    </table>
  );
}

/** Ship first, for every tool, reader and week. */
export function VoteButtons({
  tool: { slug, name },
  voteUrl,
}: {
  tool: { slug: string; name: string };
  voteUrl: string;
}) {
  return (
    <>
      <VoteButton href={`${voteUrl}/${slug}/ship`} choice="ship" name={name} />
      <VoteButton href={`${voteUrl}/${slug}/skip`} choice="skip" name={name} />
    </>
  );
}
