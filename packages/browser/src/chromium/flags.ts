import type { BrowserKind } from '@carrel/protocol';

export interface FlagOptions {
  kind: BrowserKind;
  /** Absolute path of the browser's own user-data-dir. */
  userDataDir: string;
  /** Size of the window, in CSS pixels. */
  windowSize: { width: number; height: number };
  /** Run without Chromium's own sandbox. Only when the operator asked for it by name. */
  noSandbox: boolean;
  /** Whether /dev/shm is large enough for Chromium. */
  hasSharedMemory: boolean;
  /** The browser's own proxy listens here, on 127.0.0.1 as the browser sees it. */
  proxyPort: number;
  /** Further switches, of the browser's identity. */
  flags?: readonly string[];
}

/** Features that Carrel switches off, each with its reason. */
const DISABLED_FEATURES: readonly (readonly [feature: string, reason: string])[] = [
  ['SpareRendererForSitePerProcess', 'keeps a renderer process ready that most short browsers never use: memory and CPU at start'],
  ['Translate', 'offers translations through a service of its maker'],
  ['OptimizationHints', 'fetches hints from a service of its maker'],
  ['MediaRouter', 'looks for cast devices on the local network'],
  ['NetworkTimeServiceQuerying', 'asks a server of its maker for the time'],
  ['DialMediaRouteProvider', 'looks for devices on the local network'],
  ['IgnoreDuplicateNavs', 'refuses to open again what has not answered yet: trying again would fail at once'],
];

/** Only of the full browser. */
const DISABLED_FEATURES_CHROMIUM: readonly (readonly [feature: string, reason: string])[] = [
  ['WebUIOmniboxPopup', 'opens hidden targets and costs some 60 MB'],
  ['WebUIOmniboxAimPopup', 'opens hidden targets and costs some 60 MB'],
  ['WebUIOmniboxFullPopup', 'opens hidden targets and costs some 60 MB'],
];

const COMMON: readonly string[] = [
  // The debugging connection is a pipe, never a port: a port is open to everything on the machine, other browsers' pages included.
  '--remote-debugging-pipe',
  '--no-first-run',
  '--no-default-browser-check',
  // No traffic of its own: no updates, no safe-browsing lists, no reports, no pings.
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-client-side-phishing-detection',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-pings',
  '--metrics-recording-only',
  // Crash reports would hold pages' contents; the crash handler is a process that outlives the browser.
  '--disable-breakpad',
  '--disable-crash-reporter',
  '--disable-default-apps',
  '--disable-extensions',
  // A frame of another site gets a process of its own, so that a renderer that a site took over holds nothing of others. The full browser does
  // so by itself, the shell does not (Chromium 156).
  '--site-per-process',
  // An agent's tab works on when another one is in front.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-hang-monitor',
  '--disable-prompt-on-repost',
  '--mute-audio',
  // Cookies are encrypted with a fixed key instead of the desktop's key ring, so that a profile works on any machine and under any uid.
  // Carrel encrypts what it keeps itself.
  '--password-store=basic',
  '--use-mock-keychain',
  // There is no GPU on a server; asking for one costs time at start. WebGL is drawn in software.
  '--disable-gpu',
  // Fewer processes: each start of the program costs 13 MB of relocations, and with the two services in the browser's process the zygote that
  // is there only for them goes too. A fifth of the CPU time of a short life, and no wall: on Linux without a GPU Chromium starts both with no
  // filter of system calls but ours, in the browser's own namespaces, under its uid (/proc/PID/status of each; Chromium 156). What they have
  // to themselves is their memory alone: their crash is now the browser's. Renderers have their zygote, and their sandbox.
  '--in-process-gpu',
  '--enable-features=NetworkServiceInProcess2',
  '--no-unsandboxed-zygote',
  // For a GPU's programs: fifteen files at each start, for nothing.
  '--disable-gpu-shader-disk-cache',
  // Everything goes through the browser's own proxy, addresses of this machine too: without `<-loopback>` those would go past it.
  '--proxy-bypass-list=<-loopback>',
  // What a proxy for HTTP cannot carry must not look for another way: QUIC and WebRTC go over UDP, straight to their peers.
  '--disable-quic',
  '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
];

const CHROMIUM: readonly string[] = [
  '--headless=new',
  // Full Chromium calls home in spite of the flags above; these three keep it silent (measured over 38 s on ten browsers).
  '--component-updater=url-source=http://127.0.0.1:9/',
  '--simulate-outdated-no-au=Tue, 31 Dec 2099 23:59:59 GMT',
  '--disable-field-trial-config',
];

/** The command line of a browser: the same options always give the same flags. */
export function chromiumFlags(options: FlagOptions): string[] {
  const features = options.kind === 'chromium' ? [...DISABLED_FEATURES, ...DISABLED_FEATURES_CHROMIUM] : DISABLED_FEATURES;
  return [
    ...COMMON,
    ...(options.kind === 'chromium' ? CHROMIUM : []),
    `--disable-features=${features.map(([feature]) => feature).join(',')}`,
    `--user-data-dir=${options.userDataDir}`,
    `--window-size=${options.windowSize.width},${options.windowSize.height}`,
    `--proxy-server=http://127.0.0.1:${options.proxyPort}`,
    ...(options.noSandbox ? ['--no-sandbox'] : []),
    // Small shared memory, as containers have by default, crashes tabs; files in the temporary directory are slower but whole.
    ...(options.hasSharedMemory ? [] : ['--disable-dev-shm-usage']),
    ...(options.flags ?? []),
    // A page from the start: without one, clients that connect at once can hang.
    'about:blank',
  ];
}
