/** By `KeyboardEvent.key`, of keys that type nothing. */
const NAMED: Readonly<Record<string, number>> = {
  Backspace: 8,
  Tab: 9,
  Clear: 12,
  Enter: 13,
  Shift: 16,
  Control: 17,
  Alt: 18,
  AltGraph: 18,
  Pause: 19,
  CapsLock: 20,
  Escape: 27,
  PageUp: 33,
  PageDown: 34,
  End: 35,
  Home: 36,
  ArrowLeft: 37,
  ArrowUp: 38,
  ArrowRight: 39,
  ArrowDown: 40,
  PrintScreen: 44,
  Insert: 45,
  Delete: 46,
  Meta: 91,
  ContextMenu: 93,
  NumLock: 144,
  ScrollLock: 145,
};

/** By `KeyboardEvent.code`, of keys whose number goes by their place. */
const PLACED: Readonly<Record<string, number>> = {
  Space: 32,
  Semicolon: 186,
  Equal: 187,
  Comma: 188,
  Minus: 189,
  Period: 190,
  Slash: 191,
  Backquote: 192,
  BracketLeft: 219,
  Backslash: 220,
  BracketRight: 221,
  Quote: 222,
  IntlBackslash: 226,
  NumpadMultiply: 106,
  NumpadAdd: 107,
  NumpadSubtract: 109,
  NumpadDecimal: 110,
  NumpadDivide: 111,
  NumpadEnter: 13,
};

const FIRST_FUNCTION_KEY = 112;
const FIRST_NUMPAD_DIGIT = 96;

/**
 * The number that a key has on Windows, which is `KeyboardEvent.keyCode` on every platform (https://w3c.github.io/uievents/#legacy-key-models).
 * Letters go by what the layout makes of the key, where that is a letter of the Latin alphabet, else by the key's place; 0: it has none.
 */
export function windowsKeyCode({ key, code }: { key: string; code: string }): number {
  const named = NAMED[key];
  if (named !== undefined) return named;
  if (/^F([1-9]|1\d|2[0-4])$/.test(key)) return FIRST_FUNCTION_KEY - 1 + Number(key.slice(1));
  if (/^[a-z]$/i.test(key)) return key.toUpperCase().charCodeAt(0);
  const [, letterOrDigit] = /^(?:Key([A-Z])|Digit(\d))$/.exec(code)?.filter(Boolean) ?? [];
  if (letterOrDigit !== undefined) return letterOrDigit.charCodeAt(0);
  const [, digit] = /^Numpad(\d)$/.exec(code) ?? [];
  if (digit !== undefined) return FIRST_NUMPAD_DIGIT + Number(digit);
  return PLACED[code] ?? 0;
}
