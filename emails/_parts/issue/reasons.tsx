import type { ComparisonContent, QuoteContent } from '../content/content.ts';
import { styles } from '../frame/styles.ts';
import { light, SIZES } from '../frame/theme.ts';
import { scriptOf } from '../text/script-of.ts';

interface ReasonsProps {
  comparison: ComparisonContent;
  comparisonUrl: string;
  panelLabel: string;
}

/** Why the panel decided as it did: who would ship what, and a quote from each side. */
export function Reasons({ comparison, comparisonUrl, panelLabel }: ReasonsProps) {
  return (
    <div style={styles.banded} className="pad d-line">
      <h2 style={styles.h2} className="d-ink">
        Why
      </h2>
      <p style={styles.paragraph}>{comparison.reviewer_split}</p>
      {(comparison.quotes ?? []).map((quote) => (
        <Quote key={quote.text} quote={quote} panelLabel={panelLabel} />
      ))}
      <p style={{ ...styles.paragraph, margin: 0 }}>
        <a href={comparisonUrl} className="d-link" style={styles.link}>
          All {countReviews(comparison)} reviews of {comparison.headline}
        </a>
      </p>
    </div>
  );
}

function Quote({ quote, panelLabel }: { quote: QuoteContent; panelLabel: string }) {
  return (
    <p style={styles.paragraph}>
      <Chip verdict={quote.verdict} />{' '}
      <strong>
        {quote.reviewer} on {quote.tool}
      </strong>
      {panelLabel ? ` · ${panelLabel}` : ''}
      <br />“<span {...scriptOf(quote.text)}>{quote.text}</span>”
    </p>
  );
}

export function countReviews({ tools }: ComparisonContent): number {
  return tools.reduce((sum, { reviews }) => sum + reviews.length, 0);
}

function Chip({ verdict }: { verdict: 'ship' | 'skip' }) {
  const isShip = verdict === 'ship';
  return (
    <span
      dir="ltr"
      className={isShip ? 'd-shipwash d-ship' : 'd-skipwash d-skip'}
      style={{
        padding: '1px 7px',
        borderRadius: 4,
        fontSize: SIZES.small,
        fontWeight: 700,
        whiteSpace: 'nowrap',
        color: isShip ? light.ship : light.skip,
        backgroundColor: isShip ? light.shipWash : light.skipWash,
      }}
    >
      {isShip ? '✓ Ship' : '✕ Skip'}
    </span>
  );
}
