import type { ReactNode } from 'react';
import type { ComparisonContent, ToolContent } from '../../../emails/_parts/content/content.ts';
import { scriptOf } from '../../../emails/_parts/text/script-of.ts';
import { initialsOf } from '../../../emails/_parts/issue/tool-picture.tsx';

interface ViewProps {
  comparison: ComparisonContent;
  panelLabel: string;
}

/** The figures of both tools in one table, side by side at any screen width. */
export function ComparisonTable({ comparison, panelLabel }: ViewProps) {
  const rows = rowsOf(panelLabel);
  return (
    <table className="glance">
      <caption>{comparison.headline} at a glance</caption>
      <thead>
        <tr>
          <td />
          {comparison.tools.map((tool) => (
            <th key={tool.slug} scope="col">
              {tool.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([label, cell]) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            {comparison.tools.map((tool) => (
              <td key={tool.slug}>{cell(tool)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type Cell = (tool: ToolContent) => ReactNode;

function rowsOf(panelLabel: string): [string, Cell][] {
  return [
    [`${panelLabel || 'Panel'}: would ship`, panelCell],
    ['Readers', ({ community }) => <strong>{community}</strong>],
    ['Price', priceCell],
    ['Category', ({ category }) => category],
  ];
}

function panelCell({ panel }: ToolContent) {
  return (
    <>
      <span className="figure">{panel.percent}%</span>
      <br />
      {panel.ship} of {panel.of}
    </>
  );
}

function priceCell({ entry_price, price_note }: ToolContent) {
  return (
    <>
      <strong>{entry_price}</strong>
      {price_note ? (
        <>
          <br />
          {price_note}
        </>
      ) : null}
    </>
  );
}

/** The panel's verdict on both tools, in words and figures. */
export function Verdict({ comparison, panelLabel, children }: ViewProps & { children?: ReactNode }) {
  return (
    <div className="sheet">
      <VerdictWords comparison={comparison} panelLabel={panelLabel} />
      <PickLine comparison={comparison} panelLabel={panelLabel} />
      <ComparisonTable comparison={comparison} panelLabel={panelLabel} />
      <p>{comparison.pricing_read}</p>
      <p>{comparison.reviewer_split}</p>
      {children}
    </div>
  );
}

/** The verdict's two sentences, labelled because they contain the panel's figures. */
export function VerdictWords({ comparison, panelLabel }: ViewProps) {
  return (
    <p>
      {panelLabel ? <span className="chip chip-plain">{panelLabel}</span> : null} {comparison.verdict}
    </p>
  );
}

export function PickLine({ comparison, panelLabel }: ViewProps) {
  return (
    <p>
      <span className="pick">{comparison.pick}</span>{' '}
      {panelLabel ? <span className="chip chip-plain">{panelLabel}</span> : null}
    </p>
  );
}

export function ToolSummary({ tool }: { tool: ToolContent }) {
  return (
    <section aria-labelledby={`about-${tool.slug}`}>
      <ToolPicture tool={tool} />
      <p className="kicker">{tool.category}</p>
      <h2 id={`about-${tool.slug}`}>{tool.name}</h2>
      <p>
        <strong {...scriptOf(tool.tagline)}>{tool.tagline}</strong>
      </p>
      <p {...scriptOf(tool.description)}>{tool.description}</p>
    </section>
  );
}

/** The tool's own picture, or the first letters of its name in its place, as in the mail. */
function ToolPicture({ tool: { name, picture } }: { tool: ToolContent }) {
  if (!picture) {
    return (
      <span className="tool-picture" aria-hidden="true">
        {initialsOf(name)}
      </span>
    );
  }
  const { alt, light, dark } = picture;
  return (
    <picture>
      {dark === null ? null : <source srcSet={`/pictures/${dark}`} media="(prefers-color-scheme: dark)" />}
      <img className="tool-picture" src={`/pictures/${light}`} alt={alt} width={64} height={64} />
    </picture>
  );
}

/** The reviews of both tools, grouped by lens. */
export function Scorecard({ comparison, panelLabel }: { comparison: ComparisonContent; panelLabel: string }) {
  const [a, b] = comparison.tools;
  const reviewers = [...new Set([...a.reviews, ...b.reviews].map((review) => review.reviewer))];
  return (
    <section aria-labelledby="scorecard">
      <h2 id="scorecard">Reviewer scorecard</h2>
      {panelLabel ? (
        <p className="quiet">
          <span className="chip chip-plain">{panelLabel}</span> Each reviewer is an AI persona with one
          question to answer.
        </p>
      ) : null}
      {reviewers.map((reviewer) => (
        <Lens key={reviewer} reviewer={reviewer} tools={comparison.tools} panelLabel={panelLabel} />
      ))}
    </section>
  );
}

function Lens({
  reviewer,
  tools,
  panelLabel,
}: {
  reviewer: string;
  tools: readonly ToolContent[];
  panelLabel: string;
}) {
  const lens = tools.flatMap((tool) => tool.reviews).find((review) => review.reviewer === reviewer)?.lens;
  return (
    <section className="sheet" aria-label={reviewer}>
      <h3>{reviewer}</h3>
      <p className="quiet">
        {panelLabel ? <span className="chip chip-plain">{panelLabel}</span> : null} {lens}
      </p>
      <div className="columns">
        {tools.map((tool) => {
          const review = tool.reviews.find((candidate) => candidate.reviewer === reviewer);
          return review ? (
            <div key={tool.slug}>
              <p>
                <VerdictChip verdict={review.verdict} /> <strong>{tool.name}</strong>
              </p>
              <blockquote>
                <p>
                  “<span {...scriptOf(review.quote)}>{review.quote}</span>”
                </p>
              </blockquote>
            </div>
          ) : null;
        })}
      </div>
    </section>
  );
}

export function VerdictChip({ verdict }: { verdict: 'ship' | 'skip' }) {
  return <span className={`chip chip-${verdict}`}>{verdict === 'ship' ? '✓ Ship' : '✕ Skip'}</span>;
}
