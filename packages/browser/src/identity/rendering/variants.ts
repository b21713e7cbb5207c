import { createHash } from 'node:crypto';
import type { BrowserKind } from '@carrel/protocol';
import { type FontSet, type FontSettings, fontConfigurationOf, type Hinting, hintStyle } from './font-configuration.js';

/**
 * One of the ways in which Chromium draws text, as the machines of real users differ in it: what a page reads back from a canvas, or measures,
 * is what was drawn. Nothing is made up, so that nothing can be caught in a contradiction.
 */
export interface RenderingVariant {
  /** Says what it is made of: `<base>.<serif>.<sans>.<widths>.<font set>`. */
  readonly id: string;
  /** Chromium's switches. */
  readonly flags: readonly string[];
  /** fontconfig's configuration file. */
  readonly fontConfiguration: string;
}

interface Settings extends FontSettings {
  /** Whether letters that are fitted in their width are as wide as their font says, or the next whole number of pixels. */
  widths: 'whole' | 'exact';
}

// Everything below is part of everybody's identity: another order or number gives every profile another variant (a test holds it).
const HINTINGS: readonly Hinting[] = ['none', 'slight', 'full', 'auto'];
const WIDTHS: readonly Settings['widths'][] = ['whole', 'exact'];
const FONT_SETS: readonly FontSet[] = ['noto', 'dejavu', 'liberation'];

const SETTINGS: readonly Settings[] = FONT_SETS.flatMap((fontSet) =>
  WIDTHS.flatMap((widths) =>
    HINTINGS.flatMap((base) => HINTINGS.flatMap((serif) => HINTINGS.map((sans): Settings => ({ base, serif, sans, widths, fontSet })))),
  ),
).filter(({ widths, serif, sans }) => widths === 'whole' || isFittedInWidth(serif) || isFittedInWidth(sans));

/** All others have their exact widths either way. */
function isFittedInWidth(hinting: Hinting): boolean {
  return hinting === 'full' || hinting === 'auto';
}

/** All variants of one kind of browser, in an order that never changes. */
export function renderingVariants(kind: BrowserKind): readonly RenderingVariant[] {
  return SETTINGS.map((settings) => variant(settings, kind));
}

/** The variant that belongs to a seed: always the same, and over all seeds each as often as any other. */
export function renderingOf(seed: string, kind: BrowserKind): RenderingVariant {
  // 48 bits: a remainder that favours some by one in 10^12.
  const index = createHash('sha256').update(seed).digest().readUIntBE(0, 6) % SETTINGS.length;
  return variant(SETTINGS[index] as Settings, kind);
}

function variant(settings: Settings, kind: BrowserKind): RenderingVariant {
  const { base, serif, sans, widths, fontSet } = settings;
  return {
    id: [base, serif, sans, widths, fontSet].join('.'),
    flags: [
      // Letters then begin at whole pixels; their widths are not rounded.
      ...(widths === 'exact' ? ['--disable-font-subpixel-positioning'] : []),
      // headless-shell does not ask fontconfig about what concerns all fonts.
      ...(kind === 'headless-shell' ? [`--font-render-hinting=${hintStyle(base)}`] : []),
    ],
    fontConfiguration: fontConfigurationOf(settings),
  };
}
