/** Query parameter of the page to which a post redirects: it was not opened from a link in a mail. */
export const AFTER_POST = 'posted';
