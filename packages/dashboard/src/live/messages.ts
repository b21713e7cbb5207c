/** The messages of a live link's WebSocket, as `packages/protocol/src/live.ts` has them. */

export interface LiveTab {
  id: string;
  url: string;
  title: string;
  active: boolean;
}

export interface LiveState {
  browser: { id: string; status: string; kind: string };
  tabs: LiveTab[];
  url: string;
  canGoBack: boolean;
  canGoForward: boolean;
  isLoading: boolean;
  /** CSS pixels. */
  viewport: { width: number; height: number } | null;
  control: { holder: 'nobody' | 'you' | 'another'; name: string | null };
  scope: 'view' | 'control';
  /** What it waits for a person with; `done` says that they have signed in. */
  needsHuman: { reason: 'captcha' | 'sign_in'; message: string } | null;
}

export interface LivePicker {
  id: string;
  kind: 'select' | 'date' | 'time' | 'datetime-local' | 'month' | 'week' | 'color';
  /** Where it is in the viewport, in CSS pixels. */
  rect: { x: number; y: number; width: number; height: number };
  multiple: boolean;
  options: { value: string; label: string; group: string | null; disabled: boolean; selected: boolean }[];
  value: string;
  min: string;
  max: string;
  step: string;
}

export interface LiveDialog {
  kind: string;
  message: string;
  defaultValue: string | null;
}

export interface LivePointer {
  x: number;
  y: number;
  kind: 'move' | 'click';
  by: 'agent' | 'person';
}

export type ServerMessage =
  | ({ type: 'state' } & LiveState)
  | { type: 'cursor'; cursor: string }
  | ({ type: 'pointer' } & LivePointer)
  | ({ type: 'dialog' } & LiveDialog)
  | { type: 'dialog.closed' }
  | ({ type: 'picker' } & LivePicker)
  | { type: 'fileChooser'; id: string; multiple: boolean }
  | { type: 'download'; name: string; sizeBytes: number }
  | { type: 'clipboard'; text: string }
  | { type: 'notice'; message: string }
  | { type: 'pong'; sentAt: number }
  | { type: 'ended'; reason: string };

export type MouseButton = 'none' | 'left' | 'middle' | 'right' | 'back' | 'forward';

export type ClientMessage =
  | { type: 'ack'; sequence: number }
  | { type: 'ping'; sentAt: number }
  | { type: 'resize' | 'viewport'; width: number; height: number }
  | { type: 'control.take' | 'control.release' | 'done' | 'back' | 'forward' | 'reload' | 'stop' | 'tab.open' | 'clipboard.read' }
  | {
      type: 'mouse';
      action: 'move' | 'down' | 'up';
      x: number;
      y: number;
      button: MouseButton;
      buttons: number;
      clickCount: number;
      modifiers: number;
    }
  | { type: 'wheel'; x: number; y: number; deltaX: number; deltaY: number; modifiers: number }
  | {
      type: 'key';
      action: 'down' | 'up';
      key: string;
      code: string;
      location: number;
      text?: string;
      modifiers: number;
      repeat: boolean;
    }
  | { type: 'text' | 'clipboard.write'; text: string }
  | { type: 'composition'; text: string; selectionStart: number; selectionEnd: number }
  | { type: 'touch'; action: 'start' | 'move' | 'end' | 'cancel'; points: { x: number; y: number; id: number }[]; modifiers: number }
  | { type: 'navigate'; url: string }
  | { type: 'tab.show' | 'tab.close'; tabId: string }
  | { type: 'zoom'; factor: number }
  | { type: 'dialog'; accept: boolean; text?: string }
  | { type: 'picker'; id: string; values?: string[]; value?: string; cancel?: true }
  | { type: 'fileChooser'; id: string; fileNames?: string[]; cancel?: true };

/** What comes before the picture of a frame. Sizes are those of the viewport, in CSS pixels. */
export interface FrameHeader {
  sequence: number;
  tabId: string;
  width: number;
  height: number;
  takenAtMs: number;
}

const FRAME_VERSION = 1;
const HEADER_AT = 5;

/** Takes a binary message apart: a byte of version, four of the header's length, the header in JSON, the JPEG. */
export function decodeFrame(bytes: ArrayBuffer): { header: FrameHeader; jpeg: Blob } | undefined {
  const view = new DataView(bytes);
  if (bytes.byteLength < HEADER_AT || view.getUint8(0) !== FRAME_VERSION) return undefined;
  const end = HEADER_AT + view.getUint32(1);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, HEADER_AT, end - HEADER_AT))) as FrameHeader;
  return { header, jpeg: new Blob([new Uint8Array(bytes, end)], { type: 'image/jpeg' }) };
}
