import { expect, test } from 'vitest';
import { countSources, withSourceCounts } from '../../src/votes/evidence/count-sources.ts';
import type { Evidence, Voter } from '../../src/votes/evidence/evidence.ts';

const SOURCE = '0a'.repeat(16);

function vote(issue_id: number, subscriber_id: number): { voter: Voter; evidence: Evidence } {
  const cast = { source_key: SOURCE, is_early: true, is_remembered: false };
  return {
    voter: { issue_id, subscriber_id, voter_key: Buffer.from([subscriber_id]) },
    evidence: { casts: [cast] } as unknown as Evidence,
  };
}

test('a reader who votes on two issues at the same moment is one reader of the source', () => {
  const votes = [vote(1, 7), vote(2, 7), vote(2, 8)];
  const others = new Map([[SOURCE, { readers: 3, early_readers: 1 }]]);
  const counted = withSourceCounts(
    votes.map(({ voter }) => voter),
    votes.map(({ evidence }) => evidence),
    others,
  );
  expect(counted.map(({ casts }) => casts[0])).toMatchObject(
    votes.map(() => ({ source_readers: 2 + 3, early_source_readers: 2 + 1 })),
  );
});

test('readers who voted late, or in a browser that is known to be theirs, are not among the early ones of their source', () => {
  const vote = { source_key: SOURCE, is_early: true, is_remembered: false };
  const countsOf = countSources(
    [
      { ...vote, subscriber_id: 1 },
      { ...vote, subscriber_id: 1, is_early: false },
      { ...vote, subscriber_id: 2, is_early: false },
      { ...vote, subscriber_id: 3, is_remembered: true },
      { ...vote, subscriber_id: 4, source_key: null },
      { ...vote, subscriber_id: 5, source_key: '0b'.repeat(16) },
    ],
    new Map(),
  );
  expect(countsOf(SOURCE)).toEqual({ source_readers: 3, early_source_readers: 1 });
  expect(countsOf(null)).toEqual({ source_readers: 0, early_source_readers: 0 });
});
