import type { Imprint, IssueContent, IssueLinks, OwnVotes } from './_parts/content/content.ts';
import { Footer } from './_parts/frame/footer.tsx';
import { Layout } from './_parts/frame/layout.tsx';
import { Masthead } from './_parts/frame/masthead.tsx';
import { Mso } from './_parts/frame/mso.tsx';
import { Opening } from './_parts/issue/opening.tsx';
import { Recap } from './_parts/issue/recap.tsx';
import { sampleContent, sampleImprint, sampleLinks, sampleOwnVotes } from './_parts/content/sample.ts';
import { voteNote } from './_parts/issue/opening-words.ts';
import { Scoreboard } from './_parts/issue/scoreboard.tsx';
import { ShortCard } from './_parts/issue/short-card.tsx';
import { styles } from './_parts/frame/styles.ts';
import { light } from './_parts/frame/theme.ts';
import { ToolColumn } from './_parts/issue/tool-column.tsx';

export interface WeeklyIssueProps {
  content: IssueContent;
  links: IssueLinks;
  imprint: Imprint;
  ownVotes: OwnVotes;
}

export default function WeeklyIssue({ content, links, imprint, ownVotes }: WeeklyIssueProps) {
  return (
    <Layout subject={content.subject} preheader={content.preheader}>
      <Masthead>
        Issue {content.number} · Week of {content.date} · {content.minutes} min ·{' '}
        <a href={links.browser} className="d-onband" style={{ ...styles.link, color: light.onFill }}>
          Read this issue in your browser
        </a>
      </Masthead>
      <Opening content={content} />
      <Lead content={content} links={links} panelLabel={imprint.panel_label} />
      {content.recap ? (
        <Recap
          recap={content.recap}
          resultsUrl={`${links.results}/${content.recap.week}`}
          panelLabel={imprint.panel_label}
          ownVotes={ownVotes}
        />
      ) : null}
      {content.more.length > 0 ? (
        <div style={styles.banded} className="pad d-line">
          <h2 style={styles.h2} className="d-ink">
            Also compared this week
          </h2>
          {content.more.map((comparison) => (
            <ShortCard
              key={comparison.slug}
              comparison={comparison}
              comparisonUrl={`${links.comparisons}/${comparison.slug}`}
              voteUrl={links.vote}
              panelLabel={imprint.panel_label}
            />
          ))}
        </div>
      ) : null}
      <Footer links={links} imprint={imprint} />
    </Layout>
  );
}

WeeklyIssue.PreviewProps = {
  content: sampleContent,
  links: sampleLinks,
  imprint: sampleImprint,
  ownVotes: sampleOwnVotes,
} satisfies WeeklyIssueProps;

function Lead({
  content,
  links,
  panelLabel,
}: Pick<WeeklyIssueProps, 'content' | 'links'> & { panelLabel: string }) {
  const { lead } = content;
  return (
    <div style={styles.banded} className="pad d-line">
      <h1 style={styles.h1} className="d-ink">
        {lead.headline}
      </h1>
      <p style={styles.pick} className="pick d-shipwash d-ship d-ship-line">
        {lead.pick}
        {panelLabel ? ` · ${panelLabel}` : ''}
      </p>
      <p style={styles.paragraph}>
        {panelLabel ? <strong>{panelLabel}: </strong> : null}
        {lead.verdict}
      </p>
      <Scoreboard comparison={lead} panelLabel={panelLabel} voteUrl={links.vote} />
      <p style={styles.paragraph}>{voteNote(content)}</p>
      <p style={{ ...styles.paragraph, margin: '0 0 20px' }}>{lead.reviewer_split}</p>
      <Mso>
        {
          '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td width="50%" valign="top">'
        }
      </Mso>
      <ToolColumn tool={lead.tools[0]} voteUrl={links.vote} panelLabel={panelLabel} />
      <Mso>{'</td><td width="50%" valign="top">'}</Mso>
      <ToolColumn tool={lead.tools[1]} voteUrl={links.vote} panelLabel={panelLabel} />
      <Mso>{'</td></tr></table>'}</Mso>
      <p style={{ ...styles.paragraph, margin: 0 }}>
        <a href={`${links.comparisons}/${lead.slug}`} className="d-link" style={styles.link}>
          Read every word the panel said on {lead.headline}
        </a>
      </p>
    </div>
  );
}
