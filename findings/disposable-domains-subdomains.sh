#!/usr/bin/env bash
# disposable-email-domains-js 1.26.0 (its list of 8,883 domains): one would guess that a name below a listed domain is disposable
# too, since such services take mail for any name below theirs. `isDisposableEmail` and `isDisposableEmailDomain` compare the whole
# domain alone: of `a@mailinator.com` and `a@anything.mailinator.com` only the first is disposable, and no wildcard is in the list.
# mailchecker 6.0.21, asked the same, takes both for disposable.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund disposable-email-domains-js@1.26.0 mailchecker@6.0.21
cat >ask.cjs <<'JS'
const { isDisposableEmail, isDisposableEmailDomain, disposableEmailBlocklist } = require('disposable-email-domains-js');
const { isValid } = require('mailchecker');
const addresses = ['a@mailinator.com', 'a@anything.mailinator.com'];
console.log(addresses.map((address) => isDisposableEmail(address)).join(' '));
console.log(addresses.map((address) => isDisposableEmailDomain(address.split('@')[1])).join(' '));
console.log(disposableEmailBlocklist().some((domain) => domain.includes('*')));
console.log(addresses.map((address) => !isValid(address)).join(' '));
JS
seen=$(node ask.cjs | tr '\n' ';')
echo "$seen"
[ "$seen" = 'true false;true false;false;true true;' ]
