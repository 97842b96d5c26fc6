import type { Imprint, IssueLinks } from '../content/content.ts';
import { reasonOf, shareOf, SIGN_UP } from './footer-words.ts';
import { styles } from './styles.ts';

export function Footer({ links, imprint }: { links: IssueLinks; imprint: Imprint }) {
  return (
    <div style={{ ...styles.banded, paddingBottom: 32 }} className="pad d-line">
      <p style={styles.paragraph}>
        {shareOf(imprint)}{' '}
        <a href={links.home} className="d-link" style={styles.link}>
          {SIGN_UP}
        </a>
      </p>
      <p style={styles.small} className="d-quiet">
        {reasonOf(imprint)}
      </p>
      <p style={styles.small} className="d-quiet">
        <FooterLink href={links.preferences}>Change your preferences</FooterLink> ·{' '}
        <FooterLink href={links.unsubscribe}>Unsubscribe</FooterLink> ·{' '}
        <FooterLink href={links.archive}>Earlier issues</FooterLink>
      </p>
      <p style={{ ...styles.small, margin: 0 }} className="d-quiet">
        {imprint.postal_address}
      </p>
    </div>
  );
}

function FooterLink({ href, children }: { href: string; children: string }) {
  return (
    <a href={href} className="d-link" style={{ ...styles.link, display: 'inline-block', padding: '4px 0' }}>
      {children}
    </a>
  );
}
