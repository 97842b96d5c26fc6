/** "1 mail", "2,500 mails"; `many` if it is not `one` with an s. */
export function countOf(number: number | bigint, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${Number(number) === 1 ? one : many}`;
}
