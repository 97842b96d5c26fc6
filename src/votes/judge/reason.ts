export type Reason =
  | 'both choices'
  | 'many tools at once'
  | 'too fast'
  | 'at delivery'
  | 'no sign of a person'
  | 'one source'
  | 'one origin'
  | 'voided by staff';

/** Each follows the words "it isn’t counted yet:". */
const WORDS: Record<Reason, string> = {
  'both choices': 'Ship and Skip came within seconds of each other, as when a mail scanner opens every link.',
  'many tools at once':
    'votes on several tools came, or their pages were opened, at almost the same moment, as when a mail scanner opens every link.',
  'too fast': 'it came faster than anybody could read the page.',
  'at delivery': 'it came just as the mail did, which is when mail scanners open links.',
  'no sign of a person': 'it came without any sign of a person at the page.',
  'one source':
    'several readers’ votes came from your network just after the mail did, as a mail scanner’s would.',
  'one origin':
    'it waits with those of other new readers who joined from the same place and voted the same way. Our staff decide about all of them; pressing again changes nothing.',
  'voided by staff': 'our staff set it aside; pressing again changes nothing.',
};

/** Tells the reader why a vote is held; `reason` is as stored. */
export function describeReason(reason: string | null): string {
  return WORDS[reason as Reason] ?? 'it arrived the way a mail scanner’s would.';
}

/** Whether a vote held for this reason counts only if staff release it. */
export function isUpToStaff(reason: string | null): boolean {
  return reason === 'one origin' || reason === 'voided by staff';
}
