/** A provider of mailboxes for the public, as its own help pages describe it. */
export interface MailProvider {
  name: string;
  inbox: string;
  domains: readonly string[];
  /** Whether dots in the local part are ignored. */
  ignores_dots?: boolean;
  /** Whether the same name at any of its domains is one mailbox. */
  is_one_mailbox?: boolean;
  tag?: '+' | '-';
}

type Row = [name: string, inbox: string, spellings: string, domains: string];

/**
 * `spellings`: the sign before a tag, a dot where dots do not count, and = where all domains have the same mailboxes.
 */
const ROWS: readonly Row[] = [
  ['Gmail', 'https://mail.google.com/mail/', '+.=', 'gmail.com googlemail.com'],
  [
    'Outlook',
    'https://outlook.live.com/mail/',
    '+',
    `
      hotmail.com hotmail.be hotmail.cl hotmail.co.id hotmail.co.nz hotmail.co.th hotmail.co.uk
      hotmail.com.ar hotmail.com.au hotmail.com.br hotmail.de hotmail.dk hotmail.es hotmail.fi hotmail.fr
      hotmail.it hotmail.nl hotmail.no hotmail.ca hotmail.se outlook.com outlook.at outlook.be
      outlook.com.au outlook.com.br outlook.co.th outlook.cz outlook.de outlook.dk outlook.es outlook.fr
      outlook.ie outlook.in outlook.it outlook.jp outlook.kr outlook.pt outlook.sa live.com live.at
      live.be live.ca live.cl live.cn live.co.uk live.co.za live.com.au live.com.mx live.com.pt live.de
      live.dk live.fr live.ie live.it live.nl live.no live.se msn.com passport.com windowslive.com`,
  ],
  [
    'Yahoo Mail',
    'https://mail.yahoo.com/',
    '-',
    `
      yahoo.com yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com.ar yahoo.com.au yahoo.com.br
      yahoo.com.mx yahoo.com.sg yahoo.de yahoo.es yahoo.fr yahoo.gr yahoo.ie yahoo.in yahoo.it yahoo.nl
      yahoo.ro yahoo.se yahoo.com.hk yahoo.com.tw yahoo.com.ph yahoo.com.vn yahoo.com.tr yahoo.com.co
      yahoo.co.id yahoo.co.nz yahoo.co.za ymail.com rocketmail.com myyahoo.com`,
  ],
  ['iCloud Mail', 'https://www.icloud.com/mail/', '+', 'icloud.com me.com mac.com'],
  ['Proton Mail', 'https://mail.proton.me/', '+.=', 'proton.me protonmail.com protonmail.ch pm.me'],
  [
    'GMX',
    'https://www.gmx.net/',
    '',
    'gmx.net gmx.de gmx.at gmx.ch gmx.com gmx.us gmx.co.uk gmx.fr gmx.es gmx.it gmx.info gmx.org gmx.biz',
  ],
  ['WEB.DE', 'https://web.de/', '', 'web.de'],
  ['AOL', 'https://mail.aol.com/', '', 'aol.com aol.co.uk aol.de aol.fr aol.it aol.es'],
  [
    'Fastmail',
    'https://app.fastmail.com/',
    '+',
    'fastmail.com fastmail.fm fastmail.net fastmail.org messagingengine.com',
  ],
  ['HEY', 'https://app.hey.com/', '+', 'hey.com'],
  [
    'Zoho Mail',
    'https://mail.zoho.com/',
    '+',
    'zoho.com zohomail.com zoho.eu zohomail.eu zoho.in zohomail.in',
  ],
  [
    'Yandex Mail',
    'https://mail.yandex.com/',
    '+=',
    'yandex.com yandex.ru yandex.by yandex.kz yandex.ua ya.ru narod.ru',
  ],
  ['Mail.ru', 'https://e.mail.ru/', '+', 'mail.ru bk.ru inbox.ru list.ru internet.ru'],
  ['Posteo', 'https://posteo.de/', '+', 'posteo.de posteo.net posteo.org'],
  ['mailbox.org', 'https://app.mailbox.org/', '+', 'mailbox.org'],
  ['Tuta', 'https://app.tuta.com/', '', 'tuta.com tuta.io tutanota.com tutanota.de tutamail.com keemail.me'],
];

/** Other large providers, to whose webmail we do not link. */
const OTHERS = `
  aim.com netscape.net verizon.net mail.com email.com usa.com post.com europe.com consultant.com
  engineer.com runbox.com startmail.com disroot.org riseup.net mailfence.com hushmail.com duck.com
  mozmail.com privaterelay.appleid.com simplelogin.com passmail.net t-online.de freenet.de arcor.de
  online.de vodafone.de vodafonemail.de kabelmail.de bluewin.ch hispeed.ch sunrise.ch a1.net aon.at
  chello.at orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr bbox.fr numericable.fr skynet.be
  telenet.be proximus.be ziggo.nl kpnmail.nl planet.nl xs4all.nl home.nl libero.it virgilio.it
  tiscali.it alice.it tin.it fastwebnet.it inwind.it telefonica.net terra.es sapo.pt uol.com.br
  bol.com.br terra.com.br ig.com.br wp.pl o2.pl onet.pl interia.pl gazeta.pl op.pl poczta.fm vp.pl
  seznam.cz centrum.cz email.cz azet.sk zoznam.sk freemail.hu citromail.hu abv.bg mail.bg ukr.net i.ua
  rambler.ru walla.co.il bezeqint.net otenet.gr hol.gr eircom.net telia.com tele2.se spray.se
  online.no btinternet.com sky.com virginmedia.com ntlworld.com talktalk.net tiscali.co.uk o2.co.uk
  comcast.net xfinity.com att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net
  juno.com optonline.net spectrum.net frontier.com windstream.net rogers.com shaw.ca sympatico.ca
  bell.net telus.net videotron.ca cogeco.ca bigpond.com bigpond.net.au optusnet.com.au iinet.net.au
  tpg.com.au xtra.co.nz qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com 139.com
  naver.com daum.net hanmail.net nate.com kakao.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp
  i.softbank.jp nifty.com excite.co.jp rediffmail.com sify.com singnet.com.sg pacific.net.sg
  mweb.co.za vodamail.co.za`
  .trim()
  .split(/\s+/);

const providers: readonly MailProvider[] = ROWS.map(([name, inbox, spellings, domains]) => ({
  name,
  inbox,
  domains: domains.trim().split(/\s+/),
  ignores_dots: spellings.includes('.'),
  is_one_mailbox: spellings.includes('='),
  ...(/^[+-]/.test(spellings) ? { tag: spellings[0] as '+' | '-' } : {}),
}));
const byDomain = new Map(
  providers.flatMap((provider) => provider.domains.map((domain) => [domain, provider] as const)),
);
const others = new Set(OTHERS);

/** Undefined for the domain of a company or a person, and for most smaller providers. */
export function findMailProvider(domain: string): MailProvider | undefined {
  return byDomain.get(domain);
}

/** Anybody can have any number of addresses at these, all of which lead to one mailbox elsewhere. */
const ALIAS_PROVIDERS = new Set([
  'duck.com',
  'mozmail.com',
  'passmail.net',
  'privaterelay.appleid.com',
  'simplelogin.com',
]);

export function isAliasProvider(domain: string): boolean {
  return ALIAS_PROVIDERS.has(domain);
}

/** Whether so many people have a mailbox there that the domain is not a typo. */
export function isLargeProvider(domain: string): boolean {
  return byDomain.has(domain) || others.has(domain);
}
