import type { BrowserKind } from '@carrel/protocol';
import { describe, expect, it } from 'vitest';
import { chromiumFlags, type FlagOptions } from './flags.js';

const options = (kind: BrowserKind): FlagOptions => ({
  kind,
  userDataDir: '/run/carrel/br_1/profile',
  windowSize: { width: 1280, height: 720 },
  noSandbox: false,
  hasSharedMemory: true,
  proxyPort: 3128,
});
const KINDS: BrowserKind[] = ['headless-shell', 'chromium'];

describe('chromiumFlags', () => {
  it('should be these for a headless-shell', () => {
    expect(chromiumFlags(options('headless-shell'))).toMatchInlineSnapshot(`
      [
        "--remote-debugging-pipe",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-client-side-phishing-detection",
        "--disable-domain-reliability",
        "--disable-sync",
        "--no-pings",
        "--metrics-recording-only",
        "--disable-breakpad",
        "--disable-crash-reporter",
        "--disable-default-apps",
        "--disable-extensions",
        "--site-per-process",
        "--disable-background-timer-throttling",
        "--disable-backgrounding-occluded-windows",
        "--disable-renderer-backgrounding",
        "--disable-hang-monitor",
        "--disable-prompt-on-repost",
        "--mute-audio",
        "--password-store=basic",
        "--use-mock-keychain",
        "--disable-gpu",
        "--in-process-gpu",
        "--enable-features=NetworkServiceInProcess2",
        "--no-unsandboxed-zygote",
        "--disable-gpu-shader-disk-cache",
        "--proxy-bypass-list=<-loopback>",
        "--disable-quic",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--disable-features=SpareRendererForSitePerProcess,Translate,OptimizationHints,MediaRouter,NetworkTimeServiceQuerying,DialMediaRouteProvider,IgnoreDuplicateNavs",
        "--user-data-dir=/run/carrel/br_1/profile",
        "--window-size=1280,720",
        "--proxy-server=http://127.0.0.1:3128",
        "about:blank",
      ]
    `);
  });

  it('should be these more for a chromium', () => {
    const common = new Set(chromiumFlags(options('headless-shell')));
    expect(chromiumFlags(options('chromium')).filter((flag) => !common.has(flag))).toMatchInlineSnapshot(`
      [
        "--headless=new",
        "--component-updater=url-source=http://127.0.0.1:9/",
        "--simulate-outdated-no-au=Tue, 31 Dec 2099 23:59:59 GMT",
        "--disable-field-trial-config",
        "--disable-features=SpareRendererForSitePerProcess,Translate,OptimizationHints,MediaRouter,NetworkTimeServiceQuerying,DialMediaRouteProvider,IgnoreDuplicateNavs,WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
      ]
    `);
  });

  it.each(KINDS)('should open no port and lower no wall in a %s', (kind) => {
    const flags = chromiumFlags(options(kind))
      // Takes away a zygote for processes without a sandbox; those for renderers stay.
      .filter((flag) => flag !== '--no-unsandboxed-zygote')
      .join('\n');
    expect(flags).toMatch(/^--remote-debugging-pipe$/m);
    expect(flags).not.toMatch(
      /--remote-debugging-port|--remote-allow-origins|sandbox|--single-process|--disable-web-security|--disable-site-isolation/,
    );
    expect(flags).not.toMatch(/--ignore-certificate-errors|--allow-running-insecure-content|--disable-features=.*IsolateOrigins/);
  });

  it.each(KINDS)('should add to a %s only what it is asked for', (kind) => {
    const plain = chromiumFlags(options(kind));
    const added = (changes: Partial<FlagOptions>) =>
      chromiumFlags({ ...options(kind), ...changes }).filter((flag) => !plain.includes(flag));
    expect(added({ noSandbox: true })).toEqual(['--no-sandbox']);
    expect(added({ hasSharedMemory: false })).toEqual(['--disable-dev-shm-usage']);
    expect(added({ proxyPort: 1 })).toEqual(['--proxy-server=http://127.0.0.1:1']);
    expect(added({ windowSize: { width: 1, height: 2 } })).toEqual(['--window-size=1,2']);
    expect(added({ flags: ['--lang=de'] })).toEqual(['--lang=de']);
    expect(added({})).toEqual([]);
  });
});
