#!/usr/bin/env bash
# csv-stringify 6.9.0 with `record_delimiter: 'windows'`, which RFC 4180 asks for: one would guess that a field with a line
# break is quoted. Only CR LF is; a lone LF stands unquoted. Readers that also end records at LF (Python's csv module, most
# spreadsheets) then see two records. `quoted_match: /[\r\n]/` quotes it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund csv-stringify@6.9.0
cat >write.mjs <<'JS'
import { stringify } from 'csv-stringify/sync';

const records = [['two\nlines', 'b']];
const options = { record_delimiter: 'windows' };
const shown = [
  stringify(records, options),
  stringify([['two\r\nlines', 'b']], options),
  stringify(records, { ...options, quoted_match: /[\r\n]/ }),
];
console.log(shown.map((text) => JSON.stringify(text)).join(' '));
JS
seen=$(node write.mjs)
echo "csv-stringify 6.9.0, LF, CR LF, LF with quoted_match: $seen"
[ "$seen" = '"two\nlines,b\r\n" "\"two\r\nlines\",b\r\n" "\"two\nlines\",b\r\n"' ]
