import { Button } from '../frame/button.tsx';
import type { ReviewContent, ToolContent } from '../content/content.ts';
import { DESCRIPTION_COLUMNS, firstSentences } from '../text/first-sentences.ts';
import { scriptOf } from '../text/script-of.ts';
import { styles } from '../frame/styles.ts';
import { light } from '../frame/theme.ts';

interface ToolColumnProps {
  tool: ToolContent;
  voteUrl: string;
  panelLabel: string;
}

export function ToolColumn({ tool, voteUrl, panelLabel }: ToolColumnProps) {
  return (
    <div className="col" style={{ width: '100%' }}>
      <div className="colpad" style={{ padding: '0 0 20px' }}>
        <h2 style={styles.h2} className="d-ink">
          {tool.name}
        </h2>
        <p style={{ ...styles.paragraph, fontWeight: 700 }} {...scriptOf(tool.tagline)}>
          {tool.tagline}
        </p>
        <p style={styles.paragraph} {...scriptOf(tool.description)}>
          {firstSentences(tool.description, DESCRIPTION_COLUMNS)}
        </p>
        {tool.reviews.map((review) => (
          <ReviewLine key={review.reviewer} review={review} panelLabel={panelLabel} />
        ))}
        <Button href={`${voteUrl}/${tool.slug}/ship`}>{`Ship ${tool.name}`}</Button>
        <Button href={`${voteUrl}/${tool.slug}/skip`} kind="outlined">{`Skip ${tool.name}`}</Button>
      </div>
    </div>
  );
}

function ReviewLine({ review, panelLabel }: { review: ReviewContent; panelLabel: string }) {
  return (
    <p style={{ ...styles.paragraph, fontSize: 15, lineHeight: '22px' }}>
      <Chip verdict={review.verdict} /> <strong>{review.reviewer}</strong>
      {panelLabel ? ` · ${panelLabel}` : ''}
      <br />“<Quote text={review.telling} />”
    </p>
  );
}

function Quote({ text }: { text: string }) {
  const script = scriptOf(text);
  return script.lang ? <span {...script}>{text}</span> : text;
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
        fontSize: 14,
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
