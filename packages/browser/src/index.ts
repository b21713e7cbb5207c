export { Browser } from './browser.js';
export type { BrowserEvent, BrowserLimits, BrowserOptions } from './browser-options.js';
export type { Captcha, CaptchaWatch } from './captcha/index.js';
export type { ClientEnd, ClientEndpoint, Message, MultiplexerClient } from './cdp/index.js';
export { type FoundChromium, findChromium, howToInstall } from './chromium/index.js';
export type { ConsoleMessage } from './console/index.js';
export {
  type Allowance,
  EgressFailure,
  EgressPolicy,
  type EgressTimeouts,
  ExitPool,
  type ForwardProxyOptions,
  firstExit,
  Gate,
  LocalAddresses,
  type LoggedUrl,
  parseAllowance,
  UpstreamProxy,
} from './egress/index.js';
export { resolveIdentity } from './identity/index.js';
export {
  canOthersEnter,
  chooseIsolation,
  type Isolation,
  type IsolationOptions,
  MachineMemory,
  makeRunDirectory,
  ProcessIsolation,
  type ResourceLimits,
  type ResourceUse,
  tryLimits,
  trySandbox,
} from './isolation/index.js';
export type { HandListener, HandMessage, Hands, Shown } from './live/index.js';
export { actionTimeoutMs, type MarkdownScope, Pages, type ReadCookie } from './page/index.js';
export { BrowserPool, type PreparedBrowser } from './pool/index.js';
export {
  type BrowserProfileOptions,
  copyKept,
  fromPlaywrightCookies,
  mergeProfiles,
  openArchive,
  type ProfileArchive,
  type ProfileSnapshot,
  type ProfileState,
  parseNetscape,
  readStorage,
  type SaveTrigger,
  sealArchive,
  surveyProfile,
  TRANSFER_MESSAGE_BYTES,
  toCookiesToSet,
  toNetscape,
  toPlaywrightCookies,
  writeStorage,
} from './profile/index.js';
export type { Frame, PictureWants, WatcherOptions, Watching } from './screencast/index.js';
