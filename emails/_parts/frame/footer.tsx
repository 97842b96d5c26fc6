import type { Imprint, IssueLinks } from '../content/content.ts';
import { styles } from './styles.ts';

export function Footer({ links, imprint }: { links: IssueLinks; imprint: Imprint }) {
  return (
    <div style={{ ...styles.banded, paddingBottom: 32 }} className="pad d-line">
      <p style={styles.small} className="d-quiet">
        You get this because you asked for Weekly AI Tool Verdicts and confirmed it. It comes once a week.
        {imprint.panel_label
          ? ` Figures and quotes marked “${imprint.panel_label}” come from AI personas, each with one lens; readers’ votes are counted separately.`
          : ''}
      </p>
      <p style={styles.small} className="d-quiet">
        <FooterLink href={links.preferences}>Change your preferences</FooterLink> ·{' '}
        <FooterLink href={links.unsubscribe}>Unsubscribe with one click</FooterLink> ·{' '}
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
