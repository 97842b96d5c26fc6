import { AppError } from '../../errors.ts';
import { isOwnOrigin } from '../request/client-address.ts';
import type { PageContext } from '../layout/page.tsx';

/** Where a form that signs readers up was: on one of our pages, or on one of the site's (SITE_ORIGINS). */
export type FormPlace = 'site' | 'embedded';

/**
 * Throws `forbidden` for a form on any other website: it could sign its visitors up with their browsers. Browsers send an
 * Origin with every POST; other programs send none, and only the limits apply to them.
 */
export function requireKnownOrigin(c: PageContext): FormPlace {
  const origin = c.req.header('Origin');
  const isElsewhere = ['cross-site', 'same-site'].includes(c.req.header('Sec-Fetch-Site') ?? '');
  if (origin === undefined ? !isElsewhere : isOwnOrigin(c, origin)) {
    return 'site';
  }
  if (origin !== undefined && c.get('context').config.siteOrigins.includes(origin)) {
    return 'embedded';
  }
  if (origin === 'null') {
    throw new AppError(
      'forbidden',
      'Your browser did not say which page this form is on, so nobody was signed up. Please use the form on our own pages.',
      [
        'its page forbids that: its Referrer-Policy has to be strict-origin-when-cross-origin, or another that names the origin',
      ],
    );
  }
  throw new AppError(
    'forbidden',
    'This form is on a website that is not ours, so nobody was signed up. Please use the form on our own pages.',
  );
}
