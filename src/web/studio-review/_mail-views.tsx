import type { PersonalCopy } from '../../sending/personalize/personal-copy.ts';

/** What is shown of a mail. */
export type View = 'both' | 'phone' | 'desktop' | 'text' | 'headers' | 'source';

export const VIEWS: Record<View, string> = {
  both: 'Phone and desktop',
  phone: 'Phone',
  desktop: 'Desktop',
  text: 'Text',
  headers: 'Headers',
  source: 'Source',
};

/** Gmail clips longer mails; the checks allow less. */
const CLIPPED_BYTES = 102_000;

export function MailView({ copy, view, source }: { copy: PersonalCopy; view: View; source: string }) {
  switch (view) {
    case 'text':
      return <pre>{copy.text}</pre>;
    case 'headers':
      return <pre>{headerLines(copy)}</pre>;
    case 'source':
      return <Source html={copy.html} text={copy.text} />;
    case 'both':
      return (
        <div className="frames">
          <Frame width="phone" source={source} />
          <Frame width="desktop" source={source} />
        </div>
      );
    case 'phone':
    case 'desktop':
      return <Frame width={view} source={source} />;
  }
}

/** Without scripts a frame is as tall as most mails; the page's script makes it as tall as this one. */
function Frame({ width, source }: { width: 'phone' | 'desktop'; source: string }) {
  return (
    <iframe
      title={`The mail on a ${width}`}
      src={source}
      className={width}
      data-fit=""
      data-mail=""
      sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    />
  );
}

function Source({ html, text }: { html: string; text: string }) {
  const bytes = Buffer.byteLength(html);
  return (
    <>
      <label htmlFor="size">
        HTML: {bytes.toLocaleString('en')} of the {CLIPPED_BYTES.toLocaleString('en')} bytes after which Gmail
        cuts a mail. Text: {Buffer.byteLength(text).toLocaleString('en')} bytes.
      </label>
      <meter id="size" min={0} max={CLIPPED_BYTES} high={60_000} value={bytes} />
      <pre>{html.replaceAll(/(<(?:table|tr|td|th|div|p|h\d|img|a|style)\b)/g, '\n$1')}</pre>
    </>
  );
}

function headerLines({ from, reply_to, subject, headers }: PersonalCopy): string {
  const all = { From: from, ...(reply_to ? { 'Reply-To': reply_to } : {}), Subject: subject, ...headers };
  return Object.entries(all)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
