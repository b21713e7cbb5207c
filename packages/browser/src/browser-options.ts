import type { BrowserEventType, BrowserKind, IdentityRequest } from '@carrel/protocol';
import type { ForwardProxyOptions } from './egress/index.js';
import type { JsonObject } from './page/index.js';
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
  /** Its way out; default: straight to the public internet, and nowhere else. */
  egress?: ForwardProxyOptions;
  /** How long Chromium may take from its launch until it answers, in ms; default 30,000. */
  startTimeoutMs?: number;
  /** Told of everything that happens to the browser, in order. */
  onEvent?: (event: BrowserEvent) => void;
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
