import { comparisonHref } from '../../links/comparison-url.ts';
import { maskAddress } from '../../subscribers/address/mask-address.ts';
import type { Config } from '../../config/config.ts';
import type { Db } from '../../database/connect.ts';
import { type Ballot, verifyVoteToken, signPage } from '../../links/tokens.ts';
import type { Verdict } from '../../database/schema.ts';
import { type BallotTool, findBallot, type ReaderBallot } from '../../votes/ballot/ballot.ts';
import { recentTallies } from '../../votes/tally/load-tallies.ts';
import { recordOpen } from '../../votes/ballot/record-open.ts';
import { type VoteGesture, gestureFor } from '../../votes/ballot/vote-gesture.ts';
import { describeCommunity, NOTHING_SHOWN } from '../../votes/tally/tally.ts';
import { hasHeldCast } from '../../votes/ballot/held-cast.ts';
import { timeUntilPressCounts } from '../../votes/ballot/time-until-counted.ts';
import { VerdictChip } from '../site/comparison-view.tsx';
import { type PageContext, showPage } from '../layout/page.tsx';
import { isRemembered } from './_remember-cookie.ts';
import { CHOICES, type FormTokens, VoteButton } from './_vote-button.tsx';
import { Choice, titleOf } from './_vote-choice.tsx';
import { VOTE_SCRIPT_PATH } from './vote-script.ts';
import { AFTER_POST } from './_after-post.ts';
import { renderVotingClosed, NotEligible } from './_vote-states.tsx';
import { admitPage } from './_load-shedding.ts';

/** Shows the choice. A GET never votes, because mail scanners open every link. */
export async function votePage(c: PageContext) {
  const context = c.get('context');
  await admitPage(context);
  const found = await findRequest(c);
  if (!found) {
    return c.notFound();
  }
  const { ballot, tool, choice, ids } = found;
  if (ballot.is_closed) {
    const requested = tool && choice ? { tool, choice } : undefined;
    return showPage(c, {
      title: 'Voting is over',
      children: await renderVotingClosed(context, ballot, requested),
    });
  }
  if (!ballot.is_eligible) {
    return showPage(c, { title: 'Not your ballot', children: <NotEligible ballot={ballot} /> });
  }
  if (tool && choice && !isPrefetch(c) && c.req.query(AFTER_POST) === undefined) {
    await recordOpen(context, ids, tool.slug, choice);
  }
  const now = context.now();
  const link = tool && choice ? `${tool.slug}/${choice}` : '';
  const tokens = { token: c.req.param('token') ?? '', page: signPage(context.linkKeys, ids, now, link) };
  const visit = { ...ballot, is_remembered: isRemembered(c, ids.subscriber_id) };
  const gesture = gestureFor(visit, now, context.config.judging);
  const summaries = await summarizeCommunity(context.db, ballot);
  const isHeld = tool && choice && (await hasHeldCast(context, ids, tool, choice));
  const wait_ms = isHeld
    ? await timeUntilPressCounts(context, ids, { tool_slug: tool.slug, choice }, now)
    : undefined;
  return showPage(c, {
    title: tool && choice ? titleOf(tool, choice) : 'Your ballot',
    children: (
      <BallotState
        {...{ config: context.config, ballot, tokens, tool, choice, gesture, summaries, isHeld, wait_ms }}
      />
    ),
    scripts: [VOTE_SCRIPT_PATH],
  });
}

/**
 * A browser that opens links in advance says so (Sec-Purpose, Fetch; Purpose and X-Moz in older ones): such a visit is
 * no evidence about scanners, which do not announce themselves.
 */
function isPrefetch(c: PageContext): boolean {
  const purposes = ['Sec-Purpose', 'Purpose', 'X-Purpose', 'X-Moz'].map((name) => c.req.header(name) ?? '');
  return purposes.some((purpose) => /^(?:prefetch|preview)/.test(purpose));
}

interface VoteRequest {
  ids: Ballot;
  ballot: ReaderBallot;
  /** Set together with `choice`; both are undefined if the link is to the whole ballot. */
  tool: BallotTool | undefined;
  choice: Verdict | undefined;
}

async function findRequest(c: PageContext): Promise<VoteRequest | undefined> {
  const context = c.get('context');
  const ids = verifyVoteToken(context.linkKeys, c.req.param('token') ?? '');
  const ballot = ids && (await findBallot(context, ids));
  const slug = c.req.param('tool');
  const tool = ballot?.tools.find((candidate) => candidate.slug === slug);
  const choice = CHOICES.find((name) => name === c.req.param('choice'));
  return ids && ballot && (slug === undefined || (tool && choice))
    ? { ids, ballot, tool, choice }
    : undefined;
}

/** Reader votes so far by tool, only for tools this reader has voted on: nobody should be influenced before voting. */
type CommunitySummaries = ReadonlyMap<string, string>;

async function summarizeCommunity(db: Db, { issue_id, tools }: ReaderBallot): Promise<CommunitySummaries> {
  const voted = tools.filter(({ state }) => state === 'counted');
  const tallies = voted.length > 0 ? await recentTallies(db, issue_id) : [];
  return new Map(
    voted.map(({ slug }) => {
      const tally = tallies.find(({ tool_slug }) => tool_slug === slug);
      const shown = describeCommunity(tally);
      return [slug, shown === NOTHING_SHOWN ? 'too few votes to show yet' : shown];
    }),
  );
}

interface BallotProps {
  config: Config;
  ballot: ReaderBallot;
  tokens: FormTokens;
  tool: BallotTool | undefined;
  choice: Verdict | undefined;
  gesture: VoteGesture;
  summaries: CommunitySummaries;
  /** The last cast of this choice does not count. */
  isHeld: boolean | undefined;
  wait_ms: number | undefined;
}

function BallotState(props: BallotProps) {
  const { config, ballot, tokens, tool, choice, gesture, summaries, isHeld = false, wait_ms } = props;
  const others = ballot.tools.filter(
    (candidate) => candidate !== tool && (candidate.is_theirs || candidate.choice),
  );
  return (
    <div className="narrow">
      <p className="kicker">
        Issue {ballot.number} · voting as {maskAddress(ballot.email)}
      </p>
      {tool && choice ? (
        <Choice
          {...{ tokens, tool, choice, gesture, isHeld, wait_ms }}
          communitySummary={summaries.get(tool.slug)}
        />
      ) : (
        <h1>Your ballot</h1>
      )}
      <section className="sheet" aria-labelledby="rest">
        <h2 id="rest">{tool ? 'The rest of your ballot' : 'Ship or skip?'}</h2>
        <ul className="ballot">
          {others.map((other) => (
            <BallotLine
              key={other.slug}
              tokens={tokens}
              tool={other}
              communitySummary={summaries.get(other.slug)}
            />
          ))}
        </ul>
      </section>
      <p className="quiet">
        Voting ends {ballot.votes_until}; until then you can change your votes. You’ll see how others voted on
        a tool once you have.
      </p>
      <BackLinks config={config} ballot={ballot} tool={tool} />
    </div>
  );
}

function BackLinks({ config, ballot, tool }: Pick<BallotProps, 'config' | 'ballot' | 'tool'>) {
  const comparison = ballot.comparisons.find(({ slugs }) => tool && slugs.includes(tool.slug));
  return (
    <p>
      <a href={`/issues/${ballot.week}`}>Back to issue {ballot.number}</a>
      {comparison ? (
        <>
          {' · '}
          <a href={comparisonHref(config, comparison.slug)}>All of {comparison.headline}</a>
        </>
      ) : null}
    </p>
  );
}

interface BallotLineProps {
  tokens: FormTokens;
  tool: BallotTool;
  communitySummary: string | undefined;
}

function BallotLine({ tokens, tool, communitySummary }: BallotLineProps) {
  const counted = tool.state === 'counted' ? tool.choice : undefined;
  return (
    <li>
      <span>
        <strong>{tool.name}</strong>{' '}
        {counted ? (
          <>
            counted: <VerdictChip verdict={counted} />
            <br />
            <span className="quiet">Readers so far: {communitySummary}</span>
          </>
        ) : null}
        {tool.choice && tool.state === 'held' ? (
          <>
            not counted yet: <VerdictChip verdict={tool.choice} />
          </>
        ) : null}
      </span>
      <span className="buttons">
        {CHOICES.filter((choice) => choice !== counted).map((choice) => (
          <VoteButton
            key={choice}
            tokens={tokens}
            tool={tool}
            choice={choice}
            way="ballot"
            prefix={counted ? 'Change to ' : ''}
          />
        ))}
      </span>
    </li>
  );
}
