#!/usr/bin/env bash
# nodemailer 10.6.0's MailComposer. One would guess that a message it builds ends every line in CR LF (RFC 5322, section 2.1),
# or does with `newline: 'crlf'`. By default the headers do, and line feeds of the text stay alone, in quoted-printable too; and
# `crlf` is no name that it knows, so every line ends in a lone LF, without a warning. `windows` is the name to use.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund nodemailer@10.6.0
cat >compose.mjs <<'JS'
import MailComposer from 'nodemailer/lib/mail-composer/index.js';

const mail = { from: 'a@example.net', to: 'b@example.net', subject: 'x', text: 'one line\nand another\n' };
const counts = [];
for (const options of [{}, { textEncoding: 'quoted-printable' }, { newline: 'crlf' }, { newline: 'windows' }]) {
  const message = (await new MailComposer({ ...mail, ...options }).compile().build()).toString('latin1');
  const lone = message.match(/(?<!\r)\n/g) ?? [];
  const pairs = message.match(/\r\n/g) ?? [];
  counts.push(`${lone.length > 0 ? 'LF' : ''}${pairs.length > 0 ? 'CRLF' : ''}`);
}
console.log(counts.join(' '));
JS
seen=$(node compose.mjs)
echo "nodemailer 10.6.0, line ends by default, quoted-printable, newline crlf, newline windows: $seen"
[ "$seen" = 'LFCRLF LFCRLF LF CRLF' ]
