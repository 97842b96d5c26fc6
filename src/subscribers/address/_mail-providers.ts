/** A provider of mailboxes for everybody, as its own help pages describe it. */
export interface MailProvider {
  /** For people; only where the inbox has an address. */
  name?: string;
  inbox?: string;
  domains: readonly string[];
  /** Spellings of one mailbox: dots that do not count, and a sign after which everything is a tag. */
  ignores_dots?: true;
  tag?: '+' | '-';
}

const REGIONS = [
  'ca',
  'co.in',
  'co.jp',
  'co.uk',
  'com.ar',
  'com.au',
  'com.br',
  'com.mx',
  'com.sg',
  'de',
  'es',
];
const MORE_REGIONS = ['fr', 'gr', 'ie', 'in', 'it', 'nl', 'ro', 'se'];

/** The large ones; what is here is never taken for a slip of the keyboard. */
export const MAIL_PROVIDERS: readonly MailProvider[] = [
  {
    name: 'Gmail',
    inbox: 'https://mail.google.com/mail/',
    domains: ['gmail.com', 'googlemail.com'],
    ignores_dots: true,
    tag: '+',
  },
  {
    name: 'Outlook',
    inbox: 'https://outlook.live.com/mail/',
    domains: [
      ...['com', 'be', 'cl', 'co.id', 'co.nz', 'co.th', 'co.uk', 'com.ar', 'com.au', 'com.br'].map(
        under('hotmail'),
      ),
      ...['de', 'dk', 'es', 'fi', 'fr', 'it', 'nl', 'no', 'ca', 'se'].map(under('hotmail')),
      ...['com', 'at', 'be', 'com.au', 'com.br', 'co.th', 'cz', 'de', 'dk', 'es', 'fr', 'ie'].map(
        under('outlook'),
      ),
      ...['in', 'it', 'jp', 'kr', 'pt', 'sa'].map(under('outlook')),
      ...['com', 'at', 'be', 'ca', 'cl', 'cn', 'co.uk', 'co.za', 'com.au', 'com.mx', 'com.pt'].map(
        under('live'),
      ),
      ...['de', 'dk', 'fr', 'ie', 'it', 'nl', 'no', 'se'].map(under('live')),
      'msn.com',
      'passport.com',
      'windowslive.com',
    ],
    tag: '+',
  },
  {
    name: 'Yahoo Mail',
    inbox: 'https://mail.yahoo.com/',
    domains: [
      'yahoo.com',
      ...[...REGIONS, ...MORE_REGIONS].map(under('yahoo')),
      ...['com.hk', 'com.tw', 'com.ph', 'com.vn', 'com.tr', 'com.co', 'co.id', 'co.nz', 'co.za'].map(
        under('yahoo'),
      ),
      'ymail.com',
      'rocketmail.com',
      'myyahoo.com',
    ],
    tag: '-',
  },
  {
    name: 'iCloud Mail',
    inbox: 'https://www.icloud.com/mail/',
    domains: ['icloud.com', 'me.com', 'mac.com'],
    tag: '+',
  },
  {
    name: 'Proton Mail',
    inbox: 'https://mail.proton.me/',
    domains: ['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'],
    ignores_dots: true,
    tag: '+',
  },
  {
    name: 'GMX',
    inbox: 'https://www.gmx.net/',
    domains: ['net', 'de', 'at', 'ch', 'com', 'us', 'co.uk', 'fr', 'es', 'it', 'info', 'org', 'biz'].map(
      under('gmx'),
    ),
  },
  { name: 'WEB.DE', inbox: 'https://web.de/', domains: ['web.de'] },
  {
    name: 'AOL',
    inbox: 'https://mail.aol.com/',
    domains: ['com', 'co.uk', 'de', 'fr', 'it', 'es'].map(under('aol')),
  },
  { domains: ['aim.com', 'netscape.net', 'verizon.net'] },
  {
    name: 'Fastmail',
    inbox: 'https://app.fastmail.com/',
    domains: ['fastmail.com', 'fastmail.fm', 'fastmail.net', 'fastmail.org', 'messagingengine.com'],
    tag: '+',
  },
  { name: 'HEY', inbox: 'https://app.hey.com/', domains: ['hey.com'], tag: '+' },
  {
    name: 'Zoho Mail',
    inbox: 'https://mail.zoho.com/',
    domains: ['zoho.com', 'zohomail.com', 'zoho.eu', 'zohomail.eu', 'zoho.in', 'zohomail.in'],
    tag: '+',
  },
  {
    name: 'Yandex Mail',
    inbox: 'https://mail.yandex.com/',
    domains: ['yandex.com', 'yandex.ru', 'yandex.by', 'yandex.kz', 'yandex.ua', 'ya.ru', 'narod.ru'],
    tag: '+',
  },
  {
    name: 'Mail.ru',
    inbox: 'https://e.mail.ru/',
    domains: ['mail.ru', 'bk.ru', 'inbox.ru', 'list.ru', 'internet.ru'],
    tag: '+',
  },
  {
    name: 'Posteo',
    inbox: 'https://posteo.de/',
    domains: ['posteo.de', 'posteo.net', 'posteo.org'],
    tag: '+',
  },
  { name: 'mailbox.org', inbox: 'https://app.mailbox.org/', domains: ['mailbox.org'], tag: '+' },
  {
    name: 'Tuta',
    inbox: 'https://app.tuta.com/',
    domains: ['tuta.com', 'tuta.io', 'tutanota.com', 'tutanota.de', 'tutamail.com', 'keemail.me'],
  },
  {
    domains: ['mail.com', 'email.com', 'usa.com', 'post.com', 'europe.com', 'consultant.com', 'engineer.com'],
  },
  { domains: ['runbox.com', 'startmail.com', 'disroot.org', 'riseup.net', 'mailfence.com', 'hushmail.com'] },
  { domains: ['duck.com', 'mozmail.com', 'privaterelay.appleid.com', 'simplelogin.com', 'passmail.net'] },
  {
    domains: [
      't-online.de',
      'freenet.de',
      'arcor.de',
      'online.de',
      'vodafone.de',
      'vodafonemail.de',
      'kabelmail.de',
    ],
  },
  { domains: ['bluewin.ch', 'hispeed.ch', 'sunrise.ch', 'a1.net', 'aon.at', 'chello.at'] },
  {
    domains: [
      'orange.fr',
      'wanadoo.fr',
      'free.fr',
      'sfr.fr',
      'laposte.net',
      'neuf.fr',
      'bbox.fr',
      'numericable.fr',
    ],
  },
  {
    domains: [
      'skynet.be',
      'telenet.be',
      'proximus.be',
      'ziggo.nl',
      'kpnmail.nl',
      'planet.nl',
      'xs4all.nl',
      'home.nl',
    ],
  },
  { domains: ['libero.it', 'virgilio.it', 'tiscali.it', 'alice.it', 'tin.it', 'fastwebnet.it', 'inwind.it'] },
  {
    domains: [
      'telefonica.net',
      'terra.es',
      'sapo.pt',
      'uol.com.br',
      'bol.com.br',
      'terra.com.br',
      'ig.com.br',
    ],
  },
  { domains: ['wp.pl', 'o2.pl', 'onet.pl', 'interia.pl', 'gazeta.pl', 'op.pl', 'poczta.fm', 'vp.pl'] },
  { domains: ['seznam.cz', 'centrum.cz', 'email.cz', 'azet.sk', 'zoznam.sk', 'freemail.hu', 'citromail.hu'] },
  { domains: ['abv.bg', 'mail.bg', 'ukr.net', 'i.ua', 'rambler.ru', 'walla.co.il', 'bezeqint.net'] },
  { domains: ['otenet.gr', 'hol.gr', 'eircom.net', 'telia.com', 'tele2.se', 'spray.se', 'online.no'] },
  {
    domains: [
      'btinternet.com',
      'sky.com',
      'virginmedia.com',
      'ntlworld.com',
      'talktalk.net',
      'tiscali.co.uk',
      'o2.co.uk',
    ],
  },
  {
    domains: [
      'comcast.net',
      'xfinity.com',
      'att.net',
      'sbcglobal.net',
      'bellsouth.net',
      'cox.net',
      'charter.net',
    ],
  },
  {
    domains: ['earthlink.net', 'juno.com', 'optonline.net', 'spectrum.net', 'frontier.com', 'windstream.net'],
  },
  {
    domains: ['rogers.com', 'shaw.ca', 'sympatico.ca', 'bell.net', 'telus.net', 'videotron.ca', 'cogeco.ca'],
  },
  {
    domains: ['bigpond.com', 'bigpond.net.au', 'optusnet.com.au', 'iinet.net.au', 'tpg.com.au', 'xtra.co.nz'],
  },
  {
    domains: [
      'qq.com',
      'foxmail.com',
      '163.com',
      '126.com',
      'yeah.net',
      'sina.com',
      'sina.cn',
      'sohu.com',
      '139.com',
    ],
  },
  { domains: ['naver.com', 'daum.net', 'hanmail.net', 'nate.com', 'kakao.com'] },
  {
    domains: ['docomo.ne.jp', 'ezweb.ne.jp', 'softbank.ne.jp', 'i.softbank.jp', 'nifty.com', 'excite.co.jp'],
  },
  {
    domains: [
      'rediffmail.com',
      'sify.com',
      'singnet.com.sg',
      'pacific.net.sg',
      'mweb.co.za',
      'vodamail.co.za',
    ],
  },
];

const byDomain = new Map(
  MAIL_PROVIDERS.flatMap((provider) => provider.domains.map((domain) => [domain, provider] as const)),
);

/** Undefined for a domain of a company or a person, and for small providers. */
export function findMailProvider(domain: string): MailProvider | undefined {
  return byDomain.get(domain);
}

function under(name: string): (ending: string) => string {
  return (ending) => `${name}.${ending}`;
}
