/** One picture of the tab that is shown. */
export interface Frame {
  jpeg: Buffer;
  tabId: string;
  /** Of the viewport that it shows, in CSS pixels; the picture itself may be smaller. */
  width: number;
  height: number;
  /** When Chromium drew it, in Unix milliseconds. */
  takenAtMs: number;
}

/** What somebody who watches can make use of. */
export interface PictureWants {
  /** Pictures are no larger than this, in pixels, and no larger than the viewport. */
  maxWidth: number;
  maxHeight: number;
  maxFramesPerSecond: number;
  /** Of the JPEG, 1 to 100. */
  quality: number;
}
