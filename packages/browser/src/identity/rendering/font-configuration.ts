/**
 * How the outlines of letters are fitted to pixels: not at all, in their height only, by the font's own program, or by one for all fonts.
 * fontconfig's `medium` is missing: Chromium draws it as it draws `full`.
 */
export type Hinting = 'none' | 'slight' | 'full' | 'auto';

/** A choice of fonts, as machines have them whose owners installed one thing or another. */
export type FontSet = 'noto' | 'dejavu' | 'liberation';

export interface FontSettings {
  /** Of all fonts but those below: a page's own, and those that stand in for glyphs that its fonts lack. */
  base: Hinting;
  /** Of what a page gets for Times New Roman, and of what it gets for Arial. */
  serif: Hinting;
  sans: Hinting;
  fontSet: FontSet;
}

/** The families that Chromium takes for a page's Times New Roman and Arial: those themselves, and free ones of the same widths. */
const SERIF = ['Times New Roman', 'Liberation Serif', 'Tinos', 'Nimbus Roman'];
const SANS = ['Arial', 'Liberation Sans', 'Arimo', 'Nimbus Sans'];

/**
 * The fonts of the interface and of code come first where they are installed; where they are not, the machine's own order holds. Hidden are
 * only families that no script depends on: whatever is left, every page can be read.
 */
const FONT_SETS: Readonly<Record<FontSet, { interface: string; code: string; hidden: readonly string[] }>> = {
  noto: {
    interface: 'Noto Sans',
    code: 'Noto Sans Mono',
    hidden: ['Liberation Sans Narrow', 'DejaVu Sans Condensed', 'DejaVu Serif Condensed', 'DejaVu Math TeX Gyre'],
  },
  dejavu: {
    interface: 'DejaVu Sans',
    code: 'DejaVu Sans Mono',
    hidden: ['Liberation Sans Narrow', 'Noto Sans Display', 'Noto Serif Display', 'Noto Looped Thai', 'Noto Looped Lao'],
  },
  liberation: {
    interface: 'Liberation Sans',
    code: 'Liberation Mono',
    hidden: ['Noto Sans Display', 'Noto Serif Display', 'Noto Kufi Arabic', 'Noto Rashi Hebrew', 'DejaVu Math TeX Gyre'],
  },
};

/** fontconfig's configuration (fonts-conf(5)): the machine's, and what these settings have differently. */
export function fontConfigurationOf({ base, serif, sans, fontSet }: FontSettings): string {
  const { interface: interfaceFont, code, hidden } = FONT_SETS[fontSet];
  return [
    '<?xml version="1.0"?>',
    '<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">',
    '<fontconfig>',
    // First, because the machine's preferences come before the generic name, behind what stands there already.
    ...['sans', 'sans-serif', 'system-ui'].map((family) => preferred(family, interfaceFont)),
    ...['mono', 'monospace'].map((family) => preferred(family, code)),
    // For whoever asks for no family, as full Chromium does for its interface.
    `<match target="pattern"><edit name="family" mode="append_last" binding="weak">${text(interfaceFont)}</edit></match>`,
    // Its directories and their cache too: the cache is of fonts, not of settings, so that no browser has to read all fonts anew.
    '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>',
    `<selectfont><rejectfont>${hidden.map((name) => `<pattern><patelt name="family">${text(name)}</patelt></pattern>`).join('')}</rejectfont></selectfont>`,
    hinted(base),
    ...SERIF.map((family) => hinted(serif, family)),
    ...SANS.map((family) => hinted(sans, family)),
    '</fontconfig>',
    '',
  ].join('\n');
}

/** fontconfig's name for it. */
export const hintStyle = (hinting: Hinting) => (hinting === 'auto' ? 'full' : hinting);

const text = (value: string) => `<string>${value}</string>`;

const preferred = (generic: string, family: string) =>
  `<match target="pattern"><test name="family">${text(generic)}</test><edit name="family" mode="prepend" binding="same">${text(family)}</edit></match>`;

/** Of one family, or of all. */
function hinted(hinting: Hinting, family?: string): string {
  const test = family === undefined ? '' : `<test name="family">${text(family)}</test>`;
  const style = `<edit name="hintstyle" mode="assign"><const>hint${hintStyle(hinting)}</const></edit>`;
  return `<match target="font">${test}${style}<edit name="autohint" mode="assign"><bool>${hinting === 'auto'}</bool></edit></match>`;
}
