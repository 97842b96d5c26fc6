import type { ComparisonBrief, Imprint } from '../content/content.ts';
import { Button } from '../frame/button.tsx';
import { Layout } from '../frame/layout.tsx';
import { type Block, type Letter, panelName, panelNote } from './letter.ts';
import { Masthead } from '../frame/masthead.tsx';
import { styles } from '../frame/styles.ts';
import { light } from '../frame/theme.ts';

const cell = {
  verticalAlign: 'top',
  padding: '8px 8px 8px 0',
  borderTop: `1px solid ${light.line}`,
  fontSize: 16,
  lineHeight: '22px',
};
const rowHead = { ...cell, textAlign: 'left', fontWeight: 400, verticalAlign: 'top' } as const;

/** The HTML part of a letter. */
export function LetterMail({ letter }: { letter: Letter }) {
  const { subject, preheader, heading, blocks, imprint } = letter;
  return (
    <Layout subject={subject} preheader={preheader}>
      <Masthead />
      <div style={styles.padded} className="pad">
        <h1 style={styles.h1} className="d-ink">
          {heading}
        </h1>
        {blocks.map((block, index) => (
          <BlockPart key={index} block={block} imprint={imprint} />
        ))}
      </div>
      <LetterFooter letter={letter} />
    </Layout>
  );
}

function BlockPart({ block, imprint }: { block: Block; imprint: Imprint }) {
  if (typeof block === 'string') {
    return <p style={styles.paragraph}>{block}</p>;
  }
  switch (block.kind) {
    case 'heading':
      return (
        <h2 style={{ ...styles.h2, margin: '20px 0 8px' }} className="d-ink">
          {block.text}
        </h2>
      );
    case 'button':
      return <Button href={block.link.url}>{block.link.text}</Button>;
    case 'link':
      return (
        <p style={styles.paragraph}>
          <a href={block.link.url} className="d-link" style={styles.link}>
            {block.link.text}
          </a>
        </p>
      );
    case 'figures':
      return <Figures caption={block.caption} rows={block.rows} />;
    case 'comparison':
      return <Comparison comparison={block.comparison} imprint={imprint} />;
  }
}

function Figures({ caption, rows }: { caption: string; rows: [string, string][] }) {
  return (
    <table cellPadding={0} cellSpacing={0} border={0} style={{ width: '100%', margin: '8px 0 20px' }}>
      <caption
        className="d-quiet"
        style={{ ...styles.small, margin: 0, padding: '0 0 6px', textAlign: 'left' }}
      >
        {caption}
      </caption>
      <tbody>
        {rows.map(([label, value]) => (
          <tr key={label}>
            <th scope="row" style={rowHead} className="d-line">
              {label}
            </th>
            <td style={{ ...cell, fontWeight: 700 }} className="d-line">
              {value}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Stays in two columns at any width, since its cells are short. */
function Comparison({ comparison, imprint }: { comparison: ComparisonBrief; imprint: Imprint }) {
  const { headline, pick, url, tools } = comparison;
  return (
    <>
      <h2 style={{ ...styles.h3, margin: '20px 0 8px' }} className="d-ink">
        {headline}
      </h2>
      <p style={{ ...styles.pick, margin: '0 0 8px' }} className="pick d-shipwash d-ship d-ship-line">
        {pick} · {panelName(imprint)}
      </p>
      <table cellPadding={0} cellSpacing={0} border={0} style={{ width: '100%', margin: '0 0 8px' }}>
        <thead>
          <tr>
            <td style={{ ...cell, borderTop: 0, width: '26%' }} />
            {tools.map(({ name }) => (
              <th key={name} scope="col" style={{ ...cell, borderTop: 0, textAlign: 'left', width: '37%' }}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <ComparisonRow label={panelName(imprint)} tools={tools} cellOf={({ panel }) => panel} />
          <ComparisonRow label="Readers" tools={tools} cellOf={({ community }) => community} />
        </tbody>
      </table>
      <p style={styles.paragraph}>
        <a href={url} className="d-link" style={styles.link}>
          Read {headline}
        </a>
      </p>
    </>
  );
}

type BriefTool = ComparisonBrief['tools'][number];

interface ComparisonRowProps {
  label: string;
  tools: BriefTool[];
  cellOf: (tool: BriefTool) => string;
}

function ComparisonRow({ label, tools, cellOf }: ComparisonRowProps) {
  return (
    <tr>
      <th scope="row" style={rowHead} className="d-line">
        {label}
      </th>
      {tools.map((tool) => (
        <td key={tool.name} style={cell} className="d-line">
          {cellOf(tool)}
        </td>
      ))}
    </tr>
  );
}

function LetterFooter({ letter }: { letter: Letter }) {
  const note = panelNote(letter);
  return (
    <div style={{ ...styles.banded, paddingBottom: 32 }} className="pad d-line">
      <p style={styles.small} className="d-quiet">
        {letter.reason}
        {note ? ` ${note}` : ''}
      </p>
      {letter.links.map(({ text, url }) => (
        <p key={url} style={{ ...styles.small, margin: '0 0 2px' }} className="d-quiet">
          <a
            href={url}
            className="d-link"
            style={{ ...styles.link, display: 'inline-block', padding: '4px 0' }}
          >
            {text}
          </a>
        </p>
      ))}
      <p style={{ ...styles.small, margin: '8px 0 0' }} className="d-quiet">
        {letter.imprint.postal_address}
      </p>
    </div>
  );
}
