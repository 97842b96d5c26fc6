import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { onTestFinished } from 'vitest';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

export const hasChromium = existsSync(CHROMIUM);
if (!hasChromium) {
  process.stderr.write(
    `${CHROMIUM} is missing: browser tests are skipped. Install Debian's package chromium.\n`,
  );
}

/** Opens a real browser and closes it when the test ends. */
export async function openBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(' ') });
  onTestFinished(() => browser.close());
  return browser;
}
