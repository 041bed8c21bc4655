// Headless Chromium as these tests start it: its own profile, and nothing of its own that would call other hosts.

import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';

const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Starts Chromium; the caller closes it. */
export async function launch() {
  const executablePath = places.find(place => place && existsSync(place));
  if (!executablePath) throw new Error('no Chromium found: install the package chromium, or name one in CHROMIUM');
  return puppeteer.launch({
    executablePath,
    headless: true,
    args: [
      // The sandbox does not run as root, and containers often forbid it; all pages here are ours.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Whatever asks for another host shall fail, network or none.
      '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost',
    ],
    defaultViewport: { width: 1280, height: 800 },
  });
}
