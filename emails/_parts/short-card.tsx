import type { ComparisonContent, ToolContent } from './content.ts';
import { styles } from './styles.ts';
import { light } from './theme.ts';

interface ShortCardProps {
  comparison: ComparisonContent;
  comparisonUrl: string;
  voteUrl: string;
  panelLabel: string;
}

export function ShortCard({ comparison, comparisonUrl, voteUrl, panelLabel }: ShortCardProps) {
  return (
    <div className="d-line" style={{ padding: '16px 0', borderTop: `1px solid ${light.line}` }}>
      <h3 style={styles.h3} className="d-ink">
        {comparison.headline}
      </h3>
      <p style={styles.paragraph}>
        {panelLabel ? <strong>{panelLabel}: </strong> : null}
        {comparison.verdict}
      </p>
      {comparison.tools.map((tool) => (
        <ToolLine key={tool.slug} tool={tool} voteUrl={voteUrl} panelLabel={panelLabel} />
      ))}
      <p style={{ ...styles.paragraph, margin: '10px 0 0' }}>
        <a href={comparisonUrl} className="d-link" style={styles.link}>
          Read {comparison.headline} in full
        </a>
      </p>
    </div>
  );
}

function ToolLine({ tool, voteUrl, panelLabel }: { tool: ToolContent; voteUrl: string; panelLabel: string }) {
  return (
    <p style={{ ...styles.paragraph, margin: '0 0 6px' }}>
      <strong>{tool.name}</strong>: {panelLabel || 'panel'} {tool.panel.percent}% ship ({tool.panel.ship} of{' '}
      {tool.panel.of}) · community {tool.community} · {tool.entry_price}
      <br />
      <VoteLink href={`${voteUrl}/${tool.slug}/ship`} kind="ship" name={tool.name} />
      <VoteLink href={`${voteUrl}/${tool.slug}/skip`} kind="skip" name={tool.name} />
    </p>
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
        padding: '11px 20px 11px 0',
        color: light[kind],
        fontWeight: 700,
      }}
    >
      {kind === 'ship' ? '✓ Ship' : '✕ Skip'} {name}
    </a>
  );
}
