/**
 * Node and browsers name some zones as they were called long ago (ICU keeps its first name for each). The current names, from
 * Unicode CLDR, common/bcp47/timezone.xml, attribute `iana`.
 */
const CURRENT_NAMES: Readonly<Record<string, string>> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Catamarca': 'America/Argentina/Catamarca',
  'America/Coral_Harbour': 'America/Atikokan',
  'America/Cordoba': 'America/Argentina/Cordoba',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Jujuy': 'America/Argentina/Jujuy',
  'America/Louisville': 'America/Kentucky/Louisville',
  'America/Mendoza': 'America/Argentina/Mendoza',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
};

export function currentNameOf(zone: string): string {
  return CURRENT_NAMES[zone] ?? zone;
}

/** All zones of places, by region; both sorted. */
export const ZONES = Map.groupBy(
  Intl.supportedValuesOf('timeZone')
    .map(currentNameOf)
    .filter((zone) => zone.includes('/'))
    .toSorted(),
  (zone) => zone.slice(0, zone.indexOf('/')),
);

/** "Buenos Aires (Argentina)" */
export function placeOf(zone: string): string {
  const [place = zone, ...around] = zone
    .split('/')
    .toReversed()
    .map((name) => name.replaceAll('_', ' '));
  const within = around.slice(0, -1).toReversed().join(', ');
  return within ? `${place} (${within})` : place;
}
