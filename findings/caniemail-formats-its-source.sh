#!/usr/bin/env bash
# caniemail 2.0.2 checks which mail clients support a mail's HTML: one would guess that it brings a CSS parser and data. It also
# brings the plugin that sorts the imports of its own source, with all of Babel and lodash, as a runtime dependency: none of its
# files imports it. An `overrides` entry with a local stand-in does not survive `npm ci`, so we carry the megabytes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund caniemail@2.0.2
plugin=@trivago/prettier-plugin-sort-imports
listed=$(node -p "'$plugin' in require('./node_modules/caniemail/package.json').dependencies")
imports=$(grep -rl "prettier-plugin" node_modules/caniemail --include='*.js' --include='*.mjs' --include='*.cjs' | grep -vc '/node_modules/.*/node_modules/' || true)
babel=$(find node_modules/@babel -mindepth 1 -maxdepth 1 -type d | wc -l)
echo "caniemail 2.0.2: plugin among its dependencies $listed, files that import it $imports, packages of Babel with it: $babel"
[ "$listed" = true ] && [ "$imports" = 0 ] && [ "$babel" -gt 0 ]
