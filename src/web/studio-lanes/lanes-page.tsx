import { recordAudit } from '../../audit/audit-log.ts';
import { AppError } from '../../errors.ts';
import { describeLane } from '../../sending/lane-control/describe-lane.ts';
import { type LaneState, loadLanes } from '../../sending/lane-control/load-lanes.ts';
import { pauseLaneByHand } from '../../sending/lane-control/pause-lane.ts';
import { resumeLane } from '../../sending/lane-control/resume-lane.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { readField } from '../request/read-form.ts';
import { actorOf } from '../studio-shared/actor.tsx';
import { StudioNav } from '../studio-shared/studio-nav.tsx';

const MAX_REASON = 200;

/** The Resend teams and domains through which issues go: how much each takes, and what has paused it. */
export async function lanesPage(c: PageContext) {
  const lanes = await loadLanes(c.get('context'));
  const children = (
    <>
      <StudioNav />
      <h1>{lanes.length === 1 ? 'One lane' : `${lanes.length} lanes`}</h1>
      <p>
        A lane is a Resend team and one of its domains.{' '}
        {lanes.length === 1
          ? 'If the settings have more, every issue goes through all of them at once. While this one is paused, no issue goes out.'
          : 'Every issue goes through all of them at once, and each reader keeps the same lane from week to week. While a lane is paused, its readers wait and the other lanes continue.'}{' '}
        Letters, such as confirmations, go through lane 1 even while it is paused, unless Resend refuses its
        key.
      </p>
      {lanes.map((lane) => (
        <LaneSheet key={lane.number} lane={lane} />
      ))}
    </>
  );
  return showPage(c, { title: 'Lanes · Studio', children });
}

function LaneSheet({ lane }: { lane: LaneState }) {
  const { number, domain, paused_at, refused_reason } = lane;
  const isStopped = paused_at !== null || refused_reason !== null;
  const { limit, today, state } = describeLane(lane);
  return (
    <section className="sheet" aria-labelledby={`lane-${number}`}>
      <h2 id={`lane-${number}`}>
        Lane {number}: {domain}
      </h2>
      <p className={isStopped ? 'problem' : undefined}>{capitalize(state)}.</p>
      <p>
        {capitalize(limit)}, {today}.
      </p>
      {isStopped ? (
        <form method="post" action={`/studio/lanes/${number}/resume`}>
          <button type="submit">Resume lane {number}</button>
        </form>
      ) : (
        <form method="post" action={`/studio/lanes/${number}/pause`} className="row">
          <div>
            <label htmlFor={`why-${number}`}>Why</label>
            <input id={`why-${number}`} name="reason" maxLength={MAX_REASON} />
          </div>
          <button type="submit" className="plain">
            Pause lane {number}
          </button>
        </form>
      )}
    </section>
  );
}

export async function pauseLaneAction(c: PageContext) {
  const reason = await readField(c, 'reason', MAX_REASON);
  const actor = actorOf(c);
  await pauseLaneByHand(c.get('context'), readLane(c), reason || `by ${actor.name}`);
  return recordAndReturn(c, 'pause lane', reason ? { reason } : {});
}

export async function resumeLaneAction(c: PageContext) {
  await resumeLane(c.get('context'), readLane(c));
  return recordAndReturn(c, 'resume lane', {});
}

async function recordAndReturn(c: PageContext, action: string, request: Record<string, string>) {
  const lane = c.req.param('lane') ?? '';
  await recordAudit(c.get('context'), actorOf(c), { action, request: { lane, ...request } });
  return c.redirect('/studio/lanes', 303);
}

function readLane(c: PageContext): number {
  const text = c.req.param('lane') ?? '';
  if (!/^\d{1,2}$/.test(text)) {
    throw new AppError('not_found', 'There is no such lane.');
  }
  return Number(text);
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
