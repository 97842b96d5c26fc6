import { FramedLink } from './framed-link.tsx';
import { light, SIZES } from './theme.ts';

/** At least 44 px high. */
export function Button({ href, children }: { href: string; children: string }) {
  return (
    <FramedLink
      href={href}
      table={{ margin: '8px 0' }}
      cell={{
        className: 'd-shipfill',
        style: { backgroundColor: light.ship, border: `2px solid ${light.ship}` },
      }}
      link={{
        className: 'd-onfill',
        style: { padding: '11px 18px', color: light.onFill, fontSize: SIZES.text },
      }}
    >
      {children}
    </FramedLink>
  );
}
