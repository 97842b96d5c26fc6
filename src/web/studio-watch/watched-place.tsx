import type { ReactNode } from 'react';

interface WatchedPlaceProps {
  /** Its events are at `/events` below it, its frame at `/progress`. */
  page: string;
  /** The page is reloaded once the status differs from this one. */
  status: string;
  /** The title of the frame. */
  name: string;
  /** Whether the progress updates itself without scripts too. */
  followsInFrame: boolean;
  progress: ReactNode;
  decisions?: ReactNode;
}

/**
 * What a page watches: the script replaces each part that has changed. Without scripts the progress is a frame that reloads
 * itself: nothing that is being typed around it is lost.
 */
export function WatchedPlace({ page, status, name, followsInFrame, progress, decisions }: WatchedPlaceProps) {
  return (
    <div data-watch={`${page}/events?status=${status}`}>
      {followsInFrame ? (
        <noscript>
          {/* Ours, and its policy allows no script. In a sandbox it could not reload itself, or would lose the session. */}
          {/* oxlint-disable-next-line react/iframe-missing-sandbox */}
          <iframe className="progress" title={name} src={`${page}/progress`} />
        </noscript>
      ) : null}
      <p className="quiet" role="status" data-watch-note="" />
      <div data-watch-part="progress" className={followsInFrame ? 'needs-script' : undefined}>
        {progress}
      </div>
      {decisions === undefined ? null : <div data-watch-part="decisions">{decisions}</div>}
    </div>
  );
}
