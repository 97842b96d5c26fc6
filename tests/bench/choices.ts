import { sql } from 'kysely';
import {
  type BenchEnvironment,
  openBenchEnvironment,
  prepare,
  runSender,
  withContext,
} from './bench-environment.ts';
import { benchContent } from './mail.ts';
import type { Measure } from './sender.tsx';
import { median } from './median.ts';

/** The sink expects batches of 100 mails, so each of the six kinds of readers fills whole batches. */
const READERS = 6 * 100 * 333;
const MANY_READERS = 1_000_000;
const ROUNDS = 5;
const UNLIMITED = 1_000_000;
const CATEGORIES = ['Agents', 'Coding', 'Data', 'Design'];

interface Round extends Measure {
  prepare_ms: number;
}

/**
 * Sending to readers two thirds of whom chose categories, compared with sending to as many readers who chose none. All
 * mails have the same size, so that only the choices differ.
 */
export async function benchChoices(): Promise<void> {
  const environment = await openBenchEnvironment();
  try {
    const rounds: Record<'none' | 'some', Round[]> = { none: [], some: [] };
    for (let round = 1; round <= ROUNDS; round++) {
      process.stderr.write(`round ${round} of ${ROUNDS}\n`);
      rounds.none.push(await sendTo(environment, READERS, false));
      rounds.some.push(await sendTo(environment, READERS, true));
    }
    const costOf = (way: keyof typeof rounds, valueOf: (round: Round) => number) =>
      median(rounds[way].map(valueOf));
    const values: [string, (round: Round) => number][] = [
      ['CPU of the sending process', ({ cpu_ms, readers }) => cpu_ms / readers],
      ['wall time of sending', ({ wall_ms, readers }) => wall_ms / readers],
      ['preparing and sending', ({ prepare_ms, wall_ms, readers }) => (prepare_ms + wall_ms) / readers],
    ];
    console.log(`A mail to ${READERS} readers with choices, medians of ${ROUNDS} interleaved rounds:`);
    for (const [name, valueOf] of values) {
      const [some, none] = [costOf('some', valueOf), costOf('none', valueOf)];
      console.log(
        `${name.padEnd(28)} ${some.toFixed(4)} ms, without choices ${none.toFixed(4)} ms: ${(some / none).toFixed(2)} times`,
      );
    }
    const [none, some] = [
      await prepareFor(environment, MANY_READERS, false),
      await prepareFor(environment, MANY_READERS, true),
    ];
    console.log(
      `preparing for ${MANY_READERS}: ${some.took.toFixed(0)} ms, without choices ${none.took.toFixed(0)} ms`,
    );
  } finally {
    await environment.close();
  }
}

async function sendTo(environment: BenchEnvironment, readers: number, hasChoices: boolean): Promise<Round> {
  const { databaseUrl, took } = await prepareFor(environment, readers, hasChoices);
  const measure = await runSender({ way: 'ours', readers, sinkUrl: environment.sinkUrl, databaseUrl });
  return { ...measure, prepare_ms: took };
}

async function prepareFor(environment: BenchEnvironment, readers: number, hasChoices: boolean) {
  const databaseUrl = await environment.createDatabase(readers);
  await withContext(databaseUrl, async ({ db }) => {
    const categoryOf = (index: number) => CATEGORIES[index % CATEGORIES.length]!;
    const withCategory = <Comparison extends (typeof benchContent)['lead']>(
      comparison: Comparison,
      index: number,
    ) => ({
      ...comparison,
      tools: comparison.tools.map((tool) => ({ ...tool, category: categoryOf(index) })),
    });
    const content = {
      ...benchContent,
      lead: withCategory(benchContent.lead, 0),
      more: benchContent.more.slice(0, 4).map((comparison, index) => withCategory(comparison, index + 1)),
      recap: null,
    };
    await db
      .updateTable('issues')
      .set({ content: JSON.stringify(content) })
      .execute();
    for (const category of CATEGORIES) {
      await sql`insert into tools (slug, name, category, tagline, description, entry_price, price_checked_on, reviewed_on)
        values (${category.toLowerCase()}, ${category}, ${category}, '', '', 'free', '2026-11-01', '2026-11-01')`.execute(
        db,
      );
    }
    if (hasChoices) {
      await sql`update subscribers set always_lead = id % 2 = 0, categories = case id % 6
        when 0 then '{Agents}' when 1 then '{Coding,Data}' when 2 then '{Design}' when 3 then '{Data}' else '{}' end::text[]`.execute(
        db,
      );
    }
    await sql`vacuum full analyze subscribers`.execute(db);
  });
  const took = await prepare(databaseUrl, UNLIMITED);
  await withContext(databaseUrl, async ({ db }) => {
    const { rows } = await sql<{ variants: number }>`
      update issue_variants as variant set subject = whole.subject, html = whole.html, text = whole.text
      from issue_renderings as whole where whole.issue_id = variant.issue_id returning variant`.execute(db);
    process.stderr.write(`${rows.length} variants\n`);
  });
  return { databaseUrl, took };
}
