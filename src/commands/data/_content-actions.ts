import path from 'node:path';
import { holdChangedIssues } from '../../issues/decide/hold-changed-issues.ts';
import { describeReport, importContent } from '../../comparisons/store/import-content.ts';
import { listComparisons } from '../../comparisons/show/facts.ts';
import { panelOf } from '../../comparisons/show/panel.ts';
import { readContentFile } from '../../comparisons/parse/read-content.ts';
import { userName } from '../../audit/user-name.ts';
import { recordCommand } from '../shared/audited-change.ts';
import { type Options, type CommandResult } from '../shared/command.ts';
import { table } from '../shared/table.ts';
import type { Session } from '../shared/session.ts';

const MAX_LISTED = 500;

export async function importFile(
  { context }: Session,
  options: Options,
  [file = '']: string[],
): Promise<CommandResult> {
  const dryRun = options.dryRun === true;
  const { changes: _, ...report } = await importContent(context.db, await readContentFile(file), {
    dryRun,
    folder: path.dirname(file),
    by: { name: userName(), via: 'command line' },
  });
  const held = dryRun ? [] : await holdChangedIssues(context, { name: userName(), via: 'command line' });
  if (!dryRun) {
    await recordCommand(context, 'import content', describeReport(report));
  }
  const rows = Object.entries(report).map(([kind, slugs]) => [
    kind,
    `${slugs.new.length} new`,
    `${slugs.changed.length} changed`,
    `${slugs.unchanged.length} unchanged`,
  ]);
  return {
    json: { ...report, held },
    text: [
      table(rows),
      ...(dryRun ? ['Nothing was written: this was a dry run.'] : []),
      ...held.map(
        (week) =>
          `The issue of ${week} is held: its facts have changed. See \`verdicts issue check ${week}\`.`,
      ),
    ].join('\n'),
  };
}

export async function list({ context }: Session): Promise<CommandResult> {
  const comparisons = await listComparisons(context.db, context.now(), MAX_LISTED);
  const json = comparisons.map(({ slug, published_at, tools }) => ({
    slug,
    published_at,
    tools: tools.map((tool) => ({ slug: tool.slug, name: tool.name, panel: panelOf(tool.reviews) })),
  }));
  const rows = json.map(({ slug, published_at, tools }) => [
    published_at.toLocaleDateString('sv', { timeZone: context.config.timezone }),
    slug,
    tools.map(({ panel }) => `${panel.ship} of ${panel.of}`).join(', '),
  ]);
  return {
    json,
    text:
      rows.length > 0 ? table(rows) : 'No comparisons yet; import some with `verdicts content import FILE`.',
  };
}
