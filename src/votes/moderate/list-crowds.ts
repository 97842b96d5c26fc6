import { sql } from 'kysely';
import type { Db } from '../../database/connect.ts';
import type { CrowdFacts, OriginKind } from '../../database/schema.ts';
import { membersOf, ORIGIN_ID } from '../crowds/members.ts';

/** A group of new readers whose votes are held because they have an origin in common and vote one-sidedly. */
export interface Crowd extends CrowdFacts {
  name: string;
  /** Everything that all of them have in common. */
  kinds: (OriginKind | 'source')[];
  decision: 'release' | 'void' | null;
  found_at: Date;
  /** When its votes were cast. */
  voted_from: Date | null;
  voted_to: Date | null;
  /** The size of the largest group of its voters who voted exactly alike, on every tool; null once that is forgotten. */
  alike: number | null;
  /**
   * Number of readers who joined with the origin, whether they voted or not; 0 for a source of votes, and for a forgotten
   * origin.
   */
  readers: number;
  /** Number of voters who are also in a released crowd, so that their votes count. */
  released: number;
  joined_from: Date | null;
  joined_to: Date | null;
  /** The most common domains of the readers who joined with the origin. */
  domains: { domain: string; readers: number }[];
}

interface Row extends Omit<Crowd, keyof CrowdFacts | 'kinds'> {
  kind: OriginKind | 'source';
  facts: CrowdFacts;
  /** Identifies the set of its voters; null if that has been forgotten. */
  members: string | null;
}

const LISTED_DOMAINS = 3;

/** The crowds of an issue, largest first. */
export async function listCrowds(db: Db, issueId: number): Promise<Crowd[]> {
  const { rows } = await sql<Row>`
    with crowd as materialized (select * from crowds where issue_id = ${issueId}),
    member as materialized (
      select member.* from ${membersOf(issueId)} as member join crowd using (name)
    ), ballot as (
      select name, string_agg(tool_slug || ' ' || choice, ' ' order by tool_slug) as choices
      from member join votes using (voter_key) where issue_id = ${issueId} group by name, voter_key
    ), alike as (
      select name, max(readers) as alike
      from (select name, count(*) as readers from ballot group by name, choices) as same group by name
    ), members as (
      select name, string_agg(encode(voter_key, 'hex'), '' order by voter_key) as members from member group by name
    ), known as (
      select distinct voter_key from member join crowd using (name) where decision = 'release'
    ), released as (
      select name, count(*) as released from member join known using (voter_key) group by name
    ), cast_time as (
      select name, min(cast_at) as voted_from, max(cast_at) as voted_to
      from member join casts using (voter_key) where issue_id = ${issueId} group by name
    ), joined as (
      select name, subscriber_id, joined_at, domain
      from crowd join reader_origins on origin_id = ${ORIGIN_ID} join subscribers on subscribers.id = subscriber_id
    )
    select name, kind, facts, md5(members) as members, found_at, decision, voted_from, voted_to,
      alike::integer as alike, coalesce(released, 0)::integer as released,
      (select count(*) from joined where joined.name = crowd.name)::integer as readers,
      (select min(joined_at) from joined where joined.name = crowd.name) as joined_from,
      (select max(joined_at) from joined where joined.name = crowd.name) as joined_to,
      (select coalesce(json_agg(common), '[]') from (
        select domain, count(*)::integer as readers from joined where joined.name = crowd.name
        group by domain order by 2 desc, domain limit ${LISTED_DOMAINS}) as common) as domains
    from crowd left join alike using (name) left join members using (name) left join cast_time using (name)
      left join released using (name)
    order by (facts->>'voters')::integer desc, kind, name`.execute(db);
  // Crowds of exactly the same voters are shown as one, with everything that these have in common. Once who they were is
  // forgotten, the facts that were stored tell them apart.
  const groups = Map.groupBy(rows, ({ members, facts }) => members ?? JSON.stringify(facts));
  return [...groups.values()].map((same) => {
    const { kind: _, members: __, facts, ...crowd } = same[0]!;
    return { ...crowd, ...facts, kinds: [...new Set(same.map(({ kind }) => kind))] };
  });
}

const KINDS: Record<Row['kind'], string> = {
  network: 'joined from one network',
  mailbox: 'share one mailbox, under different spellings of its address',
  domain: 'have addresses at one domain',
  'mail host': 'have mailboxes at one little-known mail host',
  disposable: 'have disposable addresses',
  source: 'voted from one network on one day',
};

/** "100 new readers who joined from one network" */
export function describeCrowd({ kinds, voters }: Pick<Crowd, 'kinds' | 'voters'>): string {
  return `${voters} new readers who ${kinds.map((kind) => KINDS[kind]).join(', ')}`;
}
