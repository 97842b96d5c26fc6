import { countOf } from '../../count-of.ts';
import { getIssue } from '../../issues/record/issue.ts';
import { listVariants, NOTHING, type Variant } from '../../issues/select/variants.ts';
import { type LaneReport, loadLaneReports } from '../../sending/lane-control/lane-reports.ts';
import { describeGroup, loadGroups, type SendingGroup } from '../../sending/deliveries/load-groups.ts';
import { countDeliveries } from '../../sending/deliveries/count-deliveries.ts';
import { describeTime } from '../../week.ts';
import { reasonOfStatus } from '../../issues/decide/skip.ts';
import { type Options, type CommandResult } from '../shared/command.ts';
import { progressBar, table } from '../shared/table.ts';
import type { Session } from '../shared/session.ts';

export async function showStatus(
  { context }: Session,
  _: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const issue = await getIssue(context.db, name);
  const { id, week, status, resume_at } = issue;
  const status_reason = reasonOfStatus(issue);
  const deliveries = await countDeliveries(context.db, id);
  const groups = await loadGroups(context.db, id);
  const lanes = await loadLaneReports(context, id);
  const variants = await listVariants(context.db, id);
  const next = resume_at ? `It resumes automatically at ${describeTime(resume_at)}.` : '';
  const unknown = deliveries.unknown
    ? `${countOf(deliveries.unknown, 'mail has', 'mails have')} an unknown outcome: \`verdicts issue recipients ${week} --status unknown\`.`
    : '';
  const headline = `${week} is ${status}${status_reason ? `: ${status_reason}` : ''}`;
  return {
    json: { week, status, status_reason, resume_at, deliveries, groups, lanes, variants },
    text: [
      headline,
      next,
      table(Object.entries(deliveries)),
      drawGroups(groups),
      drawLanes(lanes),
      describeVariants(variants),
      unknown,
    ]
      .filter(Boolean)
      .join('\n'),
  };
}

/** One bar for each morning. */
function drawGroups(groups: readonly SendingGroup[]): string {
  return groups.length === 0
    ? ''
    : table(
        groups.map((group) => [
          describeGroup(group),
          group.send_at ? describeTime(group.send_at) : '',
          progressBar(group.done, group.mails),
          `${group.done} of ${group.mails}`,
        ]),
      );
}

/** One bar for each lane; nothing if there is only one and it is open. */
function drawLanes(lanes: readonly LaneReport[]): string {
  return table(
    lanes.map(({ lane, domain, mails, done, state }) => [
      `lane ${lane}`,
      domain ?? '',
      progressBar(done, mails),
      `${done} of ${mails}`,
      state ?? '',
    ]),
  );
}

function describeVariants(variants: readonly Variant[]): string {
  const sent = variants.filter(({ readers }) => readers);
  return sent.length === 0
    ? ''
    : [
        'By categories:',
        ...sent.map(({ variant, comparisons, readers }) =>
          variant === NOTHING
            ? `  ${readers} get nothing this week`
            : `  ${readers} get ${comparisons.join(', ')}`,
        ),
      ].join('\n');
}
