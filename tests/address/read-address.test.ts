import { senderNameOf } from '../../src/address/sender-name.ts';
import { expect, test } from 'vitest';
import { normalizeAddress, readAddress } from '../../src/address/read-address.ts';

test.each([
  [' ann@example.net\n', 'ann@example.net'],
  ['Ann.Lee+news@Example.NET', 'Ann.Lee+news@example.net'],
  ['ann@bücher.example', 'ann@xn--bcher-kva.example'],
  ['ann@BÜCHER.example', 'ann@xn--bcher-kva.example'],
  ['ann@пример.рф', 'ann@xn--e1afmkfd.xn--p1ai'],
  ["o'neil@example.net", "o'neil@example.net"],
  [
    "a.b&c=d/e#f!g{h}i~j%k$l*m'n?o^p_q`r|s+t-u@example.net",
    "a.b&c=d/e#f!g{h}i~j%k$l*m'n?o^p_q`r|s+t-u@example.net",
  ],
  ['=@example.net', '=@example.net'],
  ['ann@example.net.', 'ann@example.net'],
  ['ann@example.net,', 'ann@example.net'],
  ['ann@example.net; ', 'ann@example.net'],
  ['Ann Lee <ann@example.net>', 'ann@example.net'],
  ['"Lee, Ann" <ann@example.net>;', 'ann@example.net'],
  ['<ann@example.net>', 'ann@example.net'],
  ['mailto:ann%2Bnews@example.net?subject=Hello', 'ann+news@example.net'],
  ['MAILTO:ann@example.net', 'ann@example.net'],
  ['ann @ example . net', 'ann@example.net'],
  ['\u00A0ann@example.net\u00A0', 'ann@example.net'],
  ['\u200Bann\u200B@exam\u00ADple.net\uFEFF', 'ann@example.net'],
  ['\u202Aann@example.net\u202C', 'ann@example.net'],
  ['ann＠example．net', 'ann@example.net'],
  ['ａｎｎ＠ｅｘａｍｐｌｅ。ｎｅｔ', 'ann@example.net'],
  ['ann@نامه\u200Cای.example', 'ann@xn--mgba3gch31f060k.example'],
])('%j is normalized to %s', (text, address) => {
  expect(normalizeAddress(text)).toBe(address);
});

test.each([
  '',
  'ann',
  '@example.net',
  'ann@',
  'ann@localhost',
  'ann@example',
  'ann..lee@example.net',
  '.ann@example.net',
  'ann lee@example.net',
  'ann@exa mple.net',
  'ann@bo@example.net',
  'ann@example.net, bo@example.net',
  'ann@127.0.0.1',
  'ann@[127.0.0.1]',
  'ann@example.net/path',
  'ann@ex%61mple.net',
  'ann@exämple.net:80',
  'jürgen@example.net',
  'ann\u0000@example.net',
  'ann@example.net\nbcc:bo',
  `${'x'.repeat(65)}@example.net`,
  `ann@${'x'.repeat(64)}.net`,
])('%j is not an address', (text) => {
  expect(normalizeAddress(text)).toBeUndefined();
});

test.each([
  ['', 'Please write your e-mail address.'],
  ['ann', 'There is no @ in that address.'],
  ['ann@', 'There is nothing after the @.'],
  ['@example.net', 'There is nothing before the @.'],
  ['ann@@example.net', 'There is more than one @ in that address.'],
  ['ann@example.net, bo@example.net', 'Please write one address only.'],
  ['ann@example.net bo@example.net', 'Please write one address only.'],
  ['ann lee@example.net', 'There cannot be a space before the @.'],
  ['ann(work)@example.net', 'There cannot be “(” before the @.'],
  ['ann\u0000@example.net', 'There cannot be the character U+0000 before the @.'],
  ['jürgen@example.net', 'We cannot send to addresses with “ü” before the @'],
  ['アン@example.net', 'We cannot send to addresses with “ア” before the @'],
  ['"ann lee"@example.net', 'We cannot send to addresses in quotation marks.'],
  ['ann..lee@example.net', 'Before the @, a dot can stand only between other characters'],
  ['ann@[192.0.2.1]', 'We cannot send to a network address in brackets.'],
  ['ann@192.0.2.1', 'We cannot send to a network address.'],
  ['ann@example', 'The part after the @ lacks an ending, such as .com.'],
  ['ann@exa mple.net', 'There cannot be a space after the @.'],
  ['ann@example,net', 'There cannot be “,” after the @.'],
  ['ann@ex_ample.net', 'There cannot be “_” after the @.'],
  ['ann@-example.net', '“-example.net” is not a domain name.'],
  ['ann@example..net', '“example..net” is not a domain name.'],
  [`ann@${'x'.repeat(64)}.net`, 'A part of the domain is longer than 63 characters'],
  [`${'x'.repeat(65)}@example.net`, 'The part before the @ is longer than 64 characters'],
])('what is wrong with %j is explained', (text, problem) => {
  expect(readAddress(text).problem).toContain(problem);
});

/** The examples of the standards, and what becomes of them; docs/addresses.md explains where we deviate. */
test.each([
  // RFC 5322, appendix A: accepted, with the names removed.
  ['John Doe <jdoe@machine.example>', 'jdoe@machine.example'],
  ['Mary Smith <mary@example.net>', 'mary@example.net'],
  ['"Joe Q. Public" <john.q.public@example.com>', 'john.q.public@example.com'],
  ['Who? <one@y.test>', 'one@y.test'],
  ['<boss@nil.test>', 'boss@nil.test'],
  ['"Giant; \\"Big\\" Box" <sysservices@example.net>', 'sysservices@example.net'],
  ['Pete <pete@silly.example>', 'pete@silly.example'],
  // RFC 5322, appendix A.1.3, A.5 and A.6.3: groups, comments and obsolete spellings.
  ['A Group:Ed Jones <joe@where.test>,John <jdoe@one.test>;', undefined],
  ['Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>', undefined],
  ['John Doe <jdoe@machine(comment).  example>', undefined],
  // RFC 5321, sections 2.3.11, 4.1.2, 4.1.3 and appendix D.
  ['userc@d.bar.org', 'userc@d.bar.org'],
  ['Smith@bar.com', 'Smith@bar.com'],
  ['"Joe Smith"@example.net', undefined],
  ['ned@[127.0.0.1]', undefined],
  ['ned@[IPv6:::1]', undefined],
  ['Postmaster', undefined],
  // RFC 6531 and 6532: the domain can be in any script, the part before the @ cannot.
  ['ann@δοκιμή.example', 'ann@xn--jxalpdlp.example'],
  ['δοκιμή@δοκιμή.example', undefined],
  // The rule of WHATWG's <input type=email> accepts all of these.
  ['.ann@example.net', undefined],
  ['ann.@example.net', undefined],
  ['ann..lee@example.net', undefined],
  ['ann@localhost', undefined],
  ['ann@127.0.0.1', undefined],
  ["!#$%&'*+/=?^_`{|}~-@example.net", "!#$%&'*+/=?^_`{|}~-@example.net"],
])('the standards’ example %j becomes %j', (text, address) => {
  expect(normalizeAddress(text)).toBe(address);
});

test('an address has at most 254 characters', () => {
  expect(normalizeAddress(addressOf(254))).toHaveLength(254);
  expect(normalizeAddress(addressOf(255))).toBeUndefined();
});

test('normalizing a normalized address changes nothing', () => {
  const once = normalizeAddress('Ann@BÜCHER.example') ?? '';
  expect(normalizeAddress(once)).toBe(once);
});

function addressOf(length: number): string {
  const domain = `${'x'.repeat(60)}.${'x'.repeat(60)}.${'x'.repeat(60)}.${'x'.repeat(10)}.net`;
  return `${'a'.repeat(length - domain.length - 1)}@${domain}`;
}

test.each([
  ['Weekly Verdicts <verdicts@example.net>', 'Weekly Verdicts'],
  [String.raw`"Verdicts, \"weekly\"" <verdicts@example.net>`, 'Verdicts, "weekly"'],
])('the sender %s is called %s', (sender, name) => {
  expect(senderNameOf(sender)).toBe(name);
});
