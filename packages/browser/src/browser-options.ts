import type { BrowserEventType, BrowserKind, IdentityRequest } from '@carrel/protocol';
import type { ForwardProxyOptions } from './egress/index.js';
import type { JsonObject } from './page/index.js';
import type { PreparedBrowser } from './pool/index.js';
import type { BrowserProfileOptions } from './profile/index.js';

export interface BrowserOptions {
  id: string;
  kind: BrowserKind;
  /** Close after this long without a message from a client, in ms. */
  idleTimeoutMs: number;
  /** Close this long after the start, in ms. */
  maxDurationMs: number;
  /** Who it is to be to pages; what is left out is chosen so that it fits. */
  identity?: IdentityRequest;
  limits: BrowserLimits;
  /** Put it to sleep when it had nothing to do for this long, in ms; it wakes for whatever comes. Default 0: never. */
  standbyAfterMs?: number;
  /** Its way out; default: straight to the public internet, and nowhere else. */
  egress?: ForwardProxyOptions;
  /** How long Chromium may take from its launch until it answers, in ms; default 30,000. */
  startTimeoutMs?: number;
  /** Told of everything that happens to the browser, in order. */
  onEvent?: (event: BrowserEvent) => void;
  /**
   * One of the pool's that it becomes, instead of starting one: of the same kind, with the id above, and as who it was asked to be. It has no
   * profile then.
   */
  prepared?: PreparedBrowser | undefined;
  /** State that it starts with, and keeps. Disposes of what it is given to restore. */
  profile?: BrowserProfileOptions | undefined;
}

export interface BrowserLimits {
  maxCdpMessageBytes: number;
  maxFileBytes: number;
  /** Of all files of one browser together. */
  maxFilesBytes: number;
}

export interface BrowserEvent {
  type: BrowserEventType;
  at: Date;
  data: JsonObject;
}
