import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import type { Context } from '../../context.ts';
import { getIssue, type Issue } from '../../issues/record/issue.ts';
import { type PageContext, showFrame } from '../layout/page.tsx';
import { Decisions, listOpenDeliveries } from './_decisions-panel.tsx';
import { WatchedPlace } from './watched-place.tsx';
import { watchEvents } from './watch-events.ts';
import { loadProgress } from './_load-progress.ts';
import { ProgressPanel } from './_progress-panel.tsx';

/** Between updates. After sending, only events from Resend and decisions by staff change anything. */
const INTERVAL_MS = { sending: 1000, otherwise: 5000 };

/** What changes while an issue is being sent: a script replaces each part that has changed, unless somebody is using it. */
export type WatchedParts = Record<'progress' | 'decisions', ReactNode>;

export async function loadWatched(context: Context, issue: Issue): Promise<WatchedParts> {
  const progress = await loadProgress(context, issue);
  const open = await listOpenDeliveries(context, issue, progress.counts);
  return {
    progress: <ProgressPanel progress={progress} />,
    decisions: <Decisions issue={issue} open={open} />,
  };
}

export function progressEvents(c: PageContext) {
  const context = c.get('context');
  return watchEvents(c, async () => {
    const issue = await getIssue(context.db, c.req.param('week') ?? '');
    const { progress, decisions } = await loadWatched(context, issue);
    return {
      status: issue.status,
      parts: { progress: renderToStaticMarkup(progress), decisions: renderToStaticMarkup(decisions) },
      interval_ms: issue.status === 'sending' ? INTERVAL_MS.sending : INTERVAL_MS.otherwise,
    };
  });
}

/** Sending as it happens. */
export function WatchPanel({ issue, parts }: { issue: Issue; parts: WatchedParts }) {
  return (
    <WatchedPlace
      page={`/studio/issues/${issue.week}`}
      status={issue.status}
      name="Progress of sending"
      followsInFrame={issue.status === 'sending'}
      {...parts}
    />
  );
}

export async function progressFrame(c: PageContext) {
  const context = c.get('context');
  const issue = await getIssue(context.db, c.req.param('week') ?? '');
  const isSending = issue.status === 'sending';
  const children = (
    <>
      <ProgressPanel progress={await loadProgress(context, issue)} />
      {isSending ? null : (
        <p>
          It is {issue.status} now.{' '}
          <a href={`/studio/issues/${issue.week}`} target="_top">
            Reload the page
          </a>
        </p>
      )}
    </>
  );
  return showFrame(c, { title: 'Progress of sending', children, refreshAfter: isSending ? 2 : undefined });
}
