#!/usr/bin/env node
import { existsSync } from 'node:fs';

const NEEDED_NODE = 26;

// React renders three to four times faster in production mode, and looks at this when it is loaded.
process.env.NODE_ENV ??= 'production';

if (Number.parseInt(process.versions.node, 10) < NEEDED_NODE) {
  process.stderr.write(
    `Weekly Verdicts runs on Node ${NEEDED_NODE}, which npm installs beside it; this is Node ${process.versions.node}.\n` +
      'Run it with `npm start` or `npm run -s verdicts -- …`, after `npm install` (without --omit=optional).\n',
  );
  process.exit(1);
}

if (existsSync('.env')) {
  process.loadEnvFile('.env');
}

const { runCommandLine } = await import('./commands/command-line.ts');
await runCommandLine(process.argv);
