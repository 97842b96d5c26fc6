import { deriveLinkKeys, signSubscriber, signVote } from '../../src/links/tokens.ts';
import { renderBenchIssue } from './mail.ts';

const PLACEHOLDER = /\uE000([^\uE001]*)\uE001/;

/** Strings spliced by hand: each part of the mail is cut at its placeholders once and joined for every reader. */
export async function openSplicer() {
  const { subject, html, text, envelope } = await renderBenchIssue();
  const keys = deriveLinkKeys(['x'.repeat(32)]);
  const [htmlPieces, textPieces] = [html.split(PLACEHOLDER), text.split(PLACEHOLDER)];
  const join = (pieces: readonly string[], words: Record<string, string>) =>
    pieces.map((piece, index) => (index % 2 === 1 ? (words[piece] ?? '') : piece)).join('');
  return (subscriber_id: number) => {
    const words = {
      vote: signVote(keys, { issue_id: 1, subscriber_id }),
      preferences: signSubscriber(keys, 'preferences', subscriber_id),
      unsubscribe: signSubscriber(keys, 'unsubscribe', subscriber_id),
    };
    return {
      subject,
      html: join(htmlPieces, words),
      text: join(textPieces, words),
      headers: {
        'List-Unsubscribe': `<${envelope.public_url}/unsubscribe/${words.unsubscribe}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
        'List-Id': envelope.list_id,
        'Feedback-ID': envelope.feedback_id,
        Precedence: 'bulk',
      },
    };
  };
}
