import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { onTestFinished } from 'vitest';

/**
 * Debian's builds of Chromium. The headless shell has the same engine without the desktop parts, and takes half the CPU
 * time.
 */
const EXECUTABLES = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];
const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

const executablePath = EXECUTABLES.find((path) => existsSync(path));

export const hasChromium = executablePath !== undefined;
if (!hasChromium) {
  process.stderr.write(
    `${EXECUTABLES.join(' and ')} are missing: browser tests are skipped. Install Debian's package chromium-headless-shell.\n`,
  );
}

let browser: Promise<Browser> | undefined;

/**
 * One real browser for all tests of a file; its pages are closed when a test ends, the browser with the file's process.
 */
export async function openBrowser(): Promise<Browser> {
  browser ??= chromium.launch({ executablePath: executablePath ?? '', args: FLAGS.split(' ') });
  const opened = await browser;
  onTestFinished(async () => {
    await Promise.all(opened.contexts().map((context) => context.close()));
  });
  return opened;
}
