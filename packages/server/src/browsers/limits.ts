import type { BrowserLimits } from '@carrel/browser';
import type { Settings } from '../settings/index.js';

/** What the operator lets every browser of this server have. */
export function browserLimits({ maxCdpMessageBytes, maxFileBytes, maxFilesBytes }: Settings): BrowserLimits {
  return { maxCdpMessageBytes, maxFileBytes, maxFilesBytes };
}
