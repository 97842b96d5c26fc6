import type { Imprint, IssueContent, IssueLinks, OwnVotes } from './_parts/content/content.ts';
import { Footer } from './_parts/frame/footer.tsx';
import { Layout } from './_parts/frame/layout.tsx';
import { Masthead } from './_parts/frame/masthead.tsx';
import { pickLine } from './_parts/issue/pick-line.ts';
import { Reasons } from './_parts/issue/reasons.tsx';
import { Recap } from './_parts/issue/recap.tsx';
import { sampleContent, sampleImprint, sampleLinks, sampleOwnVotes } from './_parts/content/sample.ts';
import { invitation, LEFT_OUT_LINKS, leftOutNote, voteNote } from './_parts/issue/opening-words.ts';
import { Scoreboard } from './_parts/issue/scoreboard.tsx';
import { Scores } from './_parts/frame/scores.tsx';
import { ShortCard } from './_parts/issue/short-card.tsx';
import { styles } from './_parts/frame/styles.ts';
import { light } from './_parts/frame/theme.ts';

export interface WeeklyIssueProps {
  content: IssueContent;
  links: IssueLinks;
  imprint: Imprint;
  ownVotes: OwnVotes;
}

/** The lead with its verdict, scoreboard and vote; the reasons; the short cards; what was left out; the recap; the footer. */
export default function WeeklyIssue({ content, links, imprint, ownVotes }: WeeklyIssueProps) {
  const { lead, more, recap } = content;
  const panelLabel = imprint.panel_label;
  return (
    <Layout subject={content.subject} preheader={content.preheader}>
      <Masthead>
        Issue {content.number} · {content.date} · {content.minutes} min ·{' '}
        <a href={links.browser} className="d-onband" style={{ ...styles.link, color: light.onFill }}>
          View online
        </a>
      </Masthead>
      <Lead content={content} links={links} panelLabel={panelLabel} />
      <Reasons
        comparison={lead}
        comparisonUrl={links.comparison.replace('{slug}', lead.slug)}
        panelLabel={panelLabel}
      />
      {more.length > 0 ? (
        <div style={styles.banded} className="pad d-line">
          <h2 style={styles.h2} className="d-ink">
            Also compared
          </h2>
          {more.map((comparison) => (
            <ShortCard
              key={comparison.slug}
              comparison={comparison}
              comparisonUrl={links.comparison.replace('{slug}', comparison.slug)}
              voteUrl={links.vote}
              panelLabel={panelLabel}
            />
          ))}
        </div>
      ) : null}
      <LeftOut content={content} links={links} />
      {recap ? (
        <Recap
          recap={recap}
          resultsUrl={`${links.results}/${recap.week}`}
          panelLabel={panelLabel}
          ownVotes={ownVotes}
        />
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
    <div style={styles.padded} className="pad">
      {content.introduction ? <p style={styles.paragraph}>{content.introduction}</p> : null}
      <h1 style={styles.h1} className="d-ink">
        {lead.headline}
      </h1>
      <p style={styles.pick} className="pick d-shipwash d-ship d-ship-line">
        {pickLine(lead, panelLabel)}
      </p>
      <p style={styles.paragraph}>
        <Scores text={lead.verdict} />
      </p>
      <Scoreboard
        comparison={lead}
        panelLabel={panelLabel}
        voteUrl={links.vote}
        picturesUrl={links.pictures}
        invitation={invitation(content)}
      />
      <p style={{ ...styles.paragraph, margin: 0 }}>{voteNote(content)}</p>
    </div>
  );
}

function LeftOut({ content, links }: Pick<WeeklyIssueProps, 'content' | 'links'>) {
  const note = leftOutNote(content);
  return note ? (
    <div style={styles.padded} className="pad">
      <p style={{ ...styles.paragraph, margin: 0 }}>
        {note}{' '}
        <a href={`${links.issue}/${content.week}`} className="d-link" style={styles.link}>
          {LEFT_OUT_LINKS.all}
        </a>{' '}
        ·{' '}
        <a href={links.preferences} className="d-link" style={styles.link}>
          {LEFT_OUT_LINKS.choose}
        </a>
      </p>
    </div>
  ) : null;
}
