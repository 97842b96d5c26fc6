/** Names of columns that say who has left, in lower case, as words joined by `_`, or by nothing if they were in camel case. */
const LEAVING = /unsub|opte?d?_?out|left|bounce|complain|spam|block|cleaned|suppress|cancel|remov/;
/** Names of columns that say who is subscribed, unless they are about a time. */
const STAYING =
  /status|^state$|subscribed|opte?d?_?in(?:_|$)|^(?:is_?)?(?:active|enabled|disabled|deleted)$|accepts/;
const TIME = /(?:^|_|subscribed)(?:at|on|date|time|timestamp|ip|source)(?:_|$)/;
/** Names that only contain such a word. */
const OTHER = /(?:^|_)(?:url|link|score|rate|count|days|marital)(?:_|$)/;

/** The column, if there is one, that may say who has left: it must not be ignored. */
export function findStatusColumn(columns: readonly string[]): string | undefined {
  return columns.find((column) => {
    const name = column.replaceAll(/[^\p{L}\p{N}]+/gu, '_');
    return !OTHER.test(name) && (LEAVING.test(name) || (STAYING.test(name) && !TIME.test(name)));
  });
}
