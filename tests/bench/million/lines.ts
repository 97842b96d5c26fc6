import type { JobOrder } from './job.ts';

export interface Line {
  name: string;
  goal: string;
}

export type Page = Line & {
  path: string;
  /** The fields of the form that is posted to the path. */
  form?: string;
};

/** Paths with the newest week as WEEK and the one before as CLOSED. */
export const PAGES: readonly Page[] = [
  { name: 'issue, voting open', path: '/issues/WEEK', goal: '5 ms, 1,000 a second' },
  { name: 'issue, voting closed', path: '/issues/CLOSED', goal: '5 ms, 1,000 a second' },
  { name: 'studio issue', path: '/studio/issues/WEEK', goal: '100 ms' },
  { name: 'studio week', path: '/studio', goal: '100 ms' },
  { name: 'studio readers', path: '/studio/readers', goal: '100 ms' },
  { name: 'studio search', path: '/studio/readers', form: 'email=nobody-has-this', goal: '200 ms' },
  { name: 'studio learn', path: '/studio/learn', goal: '100 ms' },
  { name: 'studio reader', path: '/studio/readers/1000', goal: '100 ms' },
  { name: 'studio content', path: '/studio/content', goal: '100 ms' },
  { name: 'studio tools', path: '/studio/content?kind=tools&q=tool', goal: '100 ms' },
  { name: 'studio log', path: '/studio/log', goal: '100 ms' },
  { name: 'studio import', path: '/studio/import/readers', goal: '100 ms' },
  { name: 'search', path: '/comparisons?q=contracts', goal: '15 ms, 200 a second' },
  { name: 'search, two words', path: '/comparisons?q=tool+meetings', goal: '15 ms, 200 a second' },
  { name: 'archive, category', path: '/comparisons?category=Category+5', goal: '15 ms, 200 a second' },
  ...[
    '/',
    '/issues',
    '/comparisons',
    '/comparisons/comparison-9',
    '/results',
    '/results/CLOSED',
    '/feed.atom',
    '/feed.json',
    '/api/comparisons',
    '/api/results',
    '/sitemap.xml',
  ].map((page) => ({ name: page, path: page, goal: '10 ms' })),
];

export type Job = Line &
  JobOrder & {
    /** What to run before each measurement, so that it finds the same work. */
    reset?: string;
  };

export const JOBS: readonly Job[] = [
  {
    name: 'learnMailClasses',
    file: 'votes/learn/learn-mail-classes.ts',
    args: [],
    goal: '0.5 s',
  },
  {
    name: 'recordVoters',
    file: 'subscribers/engagement/record-voters.ts',
    args: [],
    goal: '2 s',
    reset:
      'update subscribers set engaged_at = bench_engaged.at from bench_engaged where subscribers.id = bench_engaged.id',
  },
  { name: 'sunset', file: 'subscribers/engagement/sunset.ts', args: [], goal: '1 s' },
  {
    name: 'closeVoting',
    file: 'votes/close/close.ts',
    args: ['WEEK'],
    goal: '10 s, 200 MB, no voter waits 100 ms',
    reset: `
      delete from tallies where issue_id = (select max(id) from issues);
      update issues set voting_closed_at = null;
      update votes set choice = old.choice, state = old.state, reason = old.reason from bench_votes as old
      where votes.issue_id = old.issue_id and votes.voter_key = old.voter_key and votes.tool_slug = old.tool_slug
        and (votes.choice, votes.state, votes.reason) is distinct from (old.choice, old.state, old.reason)`,
  },
];
