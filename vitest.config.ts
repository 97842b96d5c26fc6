import { defineConfig } from 'vitest/config';
import { SlowestFirstSequencer } from './tests/support/test-sequencer.ts';

// As in production: React renders several times faster.
process.env.NODE_ENV = 'production';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.{ts,tsx}'],
    // Only by `npm run test:stops`, half an hour of waiting, `npm run test:scale`, which reads millions of rows, and
    // `npm run test:words`, which installs a grammar checker, and `npm run test:image`, which builds the image.
    exclude: [
      '**/node_modules/**',
      ...(process.env.STOPS ? [] : ['tests/stops/**']),
      ...(process.env.SCALE ? [] : ['tests/scale/**']),
      ...(process.env.WORDS ? [] : ['tests/words/**']),
      ...(process.env.IMAGE ? [] : ['tests/image/**']),
    ],
    globalSetup: ['tests/support/global-setup.ts'],
    // Files share a worker's modules: loading them again for each file takes a second.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // One more than the two cores of CI: many tests wait for timeouts or for PostgreSQL. A fourth takes 5 % off the whole run, and makes
    // tests that stop processes within seconds fail now and then.
    maxWorkers: 3,
    // Of the crash matrix. Its short form leaves room for the tests that run beside it.
    maxConcurrency: process.env.CRASH_MATRIX === 'full' ? 5 : 3,
    sequence: { sequencer: SlowestFirstSequencer },
  },
});
