import { expect, test } from 'vitest';
import { foldMailbox } from '../../src/subscribers/address/fold-mailbox.ts';
import { suggestAddress } from '../../src/subscribers/address/suggest-address.ts';

/** Domains of large providers, and a few of companies that are close to one. */
const REAL = `
  gmail.com googlemail.com hotmail.com hotmail.co.uk hotmail.fr hotmail.it hotmail.es hotmail.de hotmail.se outlook.com
  outlook.de outlook.fr outlook.es outlook.it outlook.jp live.com live.co.uk live.nl live.ca live.fr msn.com yahoo.com yahoo.co.uk
  yahoo.co.jp yahoo.co.in yahoo.fr yahoo.de yahoo.it yahoo.es yahoo.ca yahoo.com.br yahoo.com.mx yahoo.com.au ymail.com rocketmail.com
  icloud.com me.com mac.com proton.me protonmail.com pm.me gmx.net gmx.de gmx.at gmx.ch gmx.com web.de mail.com email.com
  aol.com aim.com fastmail.com fastmail.fm hey.com zoho.com yandex.com yandex.ru ya.ru mail.ru bk.ru list.ru inbox.ru rambler.ru
  posteo.de mailbox.org tuta.com tutanota.com hushmail.com t-online.de freenet.de arcor.de bluewin.ch orange.fr wanadoo.fr free.fr
  sfr.fr laposte.net libero.it virgilio.it tiscali.it alice.it wp.pl o2.pl onet.pl interia.pl seznam.cz centrum.cz abv.bg ukr.net
  comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net btinternet.com sky.com virginmedia.com rogers.com
  shaw.ca bigpond.com qq.com 163.com 126.com naver.com daum.net docomo.ne.jp rediffmail.com uol.com.br duck.com riseup.net
  deepmail.com apple.com google.com company.co example.com example.net example.org startup.io mail.example.com gmaildesign.com
`
  .trim()
  .split(/\s+/);

const TYPOS: Record<string, string> = {
  'gmail.com': `gmial.com gmal.com gmai.com gmil.com gamil.com gnail.com gmaill.com gmaiil.com gmmail.com ggmail.com gmali.com
    gmaio.com gmaik.com gmaul.com gmqil.com gmsil.com gmeil.com g-mail.com gmail.co gmail.cm gmail.om gmail.con gmail.comm gmail.cmo
    gmail.ocm gmail.vom gmail.xom gmail.cim gmail.coom gmial.con gmal.con gmail.c0m gmail.com.br`,
  'googlemail.com': 'gogglemail.com googlmail.com googlemial.com googelmail.com googlemail.con',
  'hotmail.com': `hotmial.com hotmal.com hotmai.com hotmil.com htomail.com hotamil.com hotmaill.com hotmsil.com hitmail.com
    hotnail.com homail.com otmail.com jotmail.com hotmail.co hotmail.con hotmail.cm hotmail.comm hotmaul.com`,
  'hotmail.co.uk': 'hotmial.co.uk hotmai.co.uk hotmail.co.ukk',
  'outlook.com': `outlok.com outloo.com outlokk.com outllok.com otlook.com oulook.com outloook.com ourlook.com outlook.con
    outlook.co`,
  'yahoo.com':
    'yaho.com yahooo.com yhoo.com yahho.com yaoo.com yhaoo.com yajoo.com yahoo.con yahoo.comm yahoo.cmo',
  'icloud.com': 'iclod.com icoud.com iclould.com icloud.con icloud.co icluod.com icould.com iclooud.com',
  'protonmail.com': 'protonmial.com protomail.com protonmail.con protonnmail.com',
  'aol.com': 'aol.con aol.comm aol.co',
  'gmx.net': 'gmx.ent gmx.nett',
  't-online.de': 't-onlin.de t-onlnie.de t-onine.de tonline.de',
  'comcast.net': 'comcst.net comcat.net comcast.ent comcats.net',
  'orange.fr': 'ornage.fr oragne.fr',
  'example.com': 'example.con example.cmo example.comm example.vom',
  'example.org': 'example.ogr example.orgg',
  'mail.example.net': 'mail.example.ent',
};

test.each(REAL)('nobody at %s is offered another address', (domain) => {
  expect(suggestAddress(`ann@${domain}`)).toBeUndefined();
});

const typos = Object.entries(TYPOS).flatMap(([meant, typed]) =>
  typed.split(/\s+/).map((typo) => [typo, meant]),
);

test.each(typos)('%s is asked about: %s?', (typed, meant) => {
  expect(suggestAddress(`Ann+news@${typed}`)).toBe(`Ann+news@${meant}`);
});

test('each table has at least a hundred entries', () => {
  expect(new Set(REAL).size).toBeGreaterThanOrEqual(100);
  expect(typos.length).toBeGreaterThanOrEqual(100);
});

test.each([
  ['Ann.Lee+news@gmail.com', 'annlee@gmail.com'],
  ['a.n.n.l.e.e@googlemail.com', 'annlee@gmail.com'],
  ['ann.lee+x@outlook.com', 'ann.lee@outlook.com'],
  ['ann-shop@yahoo.com', 'ann@yahoo.com'],
  ['ann.lee+x@pm.me', 'annlee@proton.me'],
  ['ann.lee+x@example.net', 'ann.lee+x@example.net'],
  ['+ann@gmail.com', '+ann@gmail.com'],
])('%s counts as %s', (address, mailbox) => {
  expect(foldMailbox(address)).toBe(mailbox);
});
