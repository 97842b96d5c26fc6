// Imported one by one: loading all of `@react-email/components` takes a fifth of a second.
import { Head } from '@react-email/head';
import { Html } from '@react-email/html';
import type { ReactNode } from 'react';
import { Mso } from './mso.tsx';
import { styles, stylesheet } from './styles.ts';
import { MAIL_WIDTH } from './theme.ts';

export interface LayoutProps {
  subject: string;
  preheader: string;
  children: ReactNode;
}

/**
 * The frame of every mail. Language and direction are repeated on the first element inside the body, since webmail drops those
 * of html; React Email's own Body is not used because it would put a table there. Outlook gets one ghost table.
 */
export function Layout({ subject, preheader, children }: LayoutProps) {
  return (
    <Html lang="en" dir="ltr">
      <Head>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <meta name="format-detection" content="telephone=no, date=no, address=no, email=no" />
        <title>{subject}</title>
        <Mso>
          {
            '<noscript><xml><o:OfficeDocumentSettings><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml></noscript>'
          }
        </Mso>
        <style dangerouslySetInnerHTML={{ __html: stylesheet }} />
      </Head>
      <body style={styles.body} className="d-page d-ink">
        <div
          role="article"
          aria-roledescription="email"
          aria-label={subject}
          lang="en"
          dir="ltr"
          className="d-page d-ink"
          style={styles.wrapper}
        >
          <div style={{ display: 'none', maxHeight: 0, overflow: 'hidden' }}>{preheader}</div>
          <Mso>{`<table role="presentation" align="center" width="${MAIL_WIDTH}" cellpadding="0" cellspacing="0" border="0"><tr><td>`}</Mso>
          <div style={styles.sheet} className="d-paper d-ink">
            {children}
          </div>
          <Mso>{'</td></tr></table>'}</Mso>
        </div>
      </body>
    </Html>
  );
}
