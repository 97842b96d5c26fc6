import type { Context } from '../../context.ts';
import type { Row } from '../../database/schema.ts';
import type { Issue } from '../../issues/record/issue.ts';
import { monthOf } from './digest-copy.ts';

interface NoticesProps {
  issue: Issue;
  review: {
    /** None of its comparisons is in their categories. */
    getsNothing: boolean;
    /** Why the reader gets no mail at all now. */
    notMailed?: string | undefined;
    /** They get the month's digest instead. */
    isMonthly: boolean;
    timezone: string;
  };
}

/** Where what is shown is not what the reader gets. */
export function Notices({ issue, review }: NoticesProps) {
  const { getsNothing, notMailed, isMonthly, timezone } = review;
  return (
    <>
      {notMailed ? (
        <p className="notice">
          Nothing is sent to this reader: {notMailed}. What is shown is what they would get.
        </p>
      ) : null}
      {getsNothing ? (
        <p className="notice">
          This reader gets no mail for this issue: none of its comparisons is in their categories. Shown is
          what other readers get.
        </p>
      ) : null}
      {isMonthly ? (
        <p className="notice">
          This reader prefers one mail a month: instead of this issue they get the digest of{' '}
          {monthOf(issue, timezone)}, as far as it has come.
        </p>
      ) : null}
    </>
  );
}

/** Why the reader gets no mail at all now; undefined if they do. */
export function whyNotMailed(
  { status, paused_until }: Pick<Row<'subscribers'>, 'status' | 'paused_until'>,
  { config, now }: Context,
): string | undefined {
  if (status !== 'active') {
    return `their status is ${status}`;
  }
  return paused_until && paused_until > now()
    ? `they have paused until ${paused_until.toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: config.timezone })}`
    : undefined;
}
