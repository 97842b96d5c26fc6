/** In the query of the page that follows a post: it was opened by us, by no link. */
export const AFTER_POST = 'posted';
