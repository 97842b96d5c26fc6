#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';

const REQUIRED_NODE = 26;

// React renders three to four times faster in production mode; it reads this variable when loaded.
process.env.NODE_ENV ??= 'production';

if (Number.parseInt(process.versions.node, 10) < REQUIRED_NODE) {
  process.stderr.write(
    `Weekly Verdicts requires Node ${REQUIRED_NODE}, which npm installs with it; this is Node ${process.versions.node}.\n` +
      'Run it with `npm start` or `npm run -s verdicts -- …`, after `npm install` (without --omit=optional).\n',
  );
  process.exit(1);
}

if (existsSync('.env')) {
  const { findEnvFileProblems } = await import('./config/env-file-problems.ts');
  const problems = findEnvFileProblems('.env');
  if (problems.length > 0) {
    process.stderr.write(`.env cannot be used: ${problems.join('; ')}.\n`);
    process.exit(1);
  }
  // Settings that are set already stay as they are.
  process.loadEnvFile('.env');
}

// If the disk is full or nobody reads standard error any more, log lines are lost but the process goes on.
process.stderr.on('error', () => undefined);

// Keeps the code that V8 has compiled for the next run.
enableCompileCache();

const { runCommandLine } = await import('./commands/command-line.ts');
if (!(await runCommandLine(process.argv))) {
  // What a failure left open must not keep the process alive.
  process.exit();
}
