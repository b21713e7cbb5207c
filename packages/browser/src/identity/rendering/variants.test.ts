import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { renderingOf, renderingVariants } from './index.js';

const KINDS = ['headless-shell', 'chromium'] as const;
const seeds = (count: number) => Array.from({ length: count }, (_, index) => `seed-${index}`);

describe('renderingOf', () => {
  it('should be for a seed what it always was, because profiles keep their seeds and not their variants', () => {
    expect(seeds(6).map((seed) => renderingOf(seed, 'headless-shell').id)).toMatchInlineSnapshot(`
      [
        "full.slight.slight.whole.noto",
        "none.auto.full.whole.noto",
        "auto.auto.none.exact.dejavu",
        "none.none.full.whole.liberation",
        "full.full.none.exact.dejavu",
        "full.auto.full.whole.liberation",
      ]
    `);
    const everything = KINDS.flatMap((kind) => renderingVariants(kind));
    expect(createHash('sha256').update(JSON.stringify(everything)).digest('hex').slice(0, 16)).toMatchInlineSnapshot(`"43c8b9db83502086"`);
    expect(renderingVariants('chromium')[150]?.fontConfiguration).toMatchInlineSnapshot(`
      "<?xml version="1.0"?>
      <!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
      <fontconfig>
      <match target="pattern"><test name="family"><string>sans</string></test><edit name="family" mode="prepend" binding="same"><string>DejaVu Sans</string></edit></match>
      <match target="pattern"><test name="family"><string>sans-serif</string></test><edit name="family" mode="prepend" binding="same"><string>DejaVu Sans</string></edit></match>
      <match target="pattern"><test name="family"><string>system-ui</string></test><edit name="family" mode="prepend" binding="same"><string>DejaVu Sans</string></edit></match>
      <match target="pattern"><test name="family"><string>mono</string></test><edit name="family" mode="prepend" binding="same"><string>DejaVu Sans Mono</string></edit></match>
      <match target="pattern"><test name="family"><string>monospace</string></test><edit name="family" mode="prepend" binding="same"><string>DejaVu Sans Mono</string></edit></match>
      <match target="pattern"><edit name="family" mode="append_last" binding="weak"><string>DejaVu Sans</string></edit></match>
      <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
      <selectfont><rejectfont><pattern><patelt name="family"><string>Liberation Sans Narrow</string></patelt></pattern><pattern><patelt name="family"><string>Noto Sans Display</string></patelt></pattern><pattern><patelt name="family"><string>Noto Serif Display</string></patelt></pattern><pattern><patelt name="family"><string>Noto Looped Thai</string></patelt></pattern><pattern><patelt name="family"><string>Noto Looped Lao</string></patelt></pattern></rejectfont></selectfont>
      <match target="font"><edit name="hintstyle" mode="assign"><const>hintfull</const></edit><edit name="autohint" mode="assign"><bool>false</bool></edit></match>
      <match target="font"><test name="family"><string>Times New Roman</string></test><edit name="hintstyle" mode="assign"><const>hintslight</const></edit><edit name="autohint" mode="assign"><bool>false</bool></edit></match>
      <match target="font"><test name="family"><string>Liberation Serif</string></test><edit name="hintstyle" mode="assign"><const>hintslight</const></edit><edit name="autohint" mode="assign"><bool>false</bool></edit></match>
      <match target="font"><test name="family"><string>Tinos</string></test><edit name="hintstyle" mode="assign"><const>hintslight</const></edit><edit name="autohint" mode="assign"><bool>false</bool></edit></match>
      <match target="font"><test name="family"><string>Nimbus Roman</string></test><edit name="hintstyle" mode="assign"><const>hintslight</const></edit><edit name="autohint" mode="assign"><bool>false</bool></edit></match>
      <match target="font"><test name="family"><string>Arial</string></test><edit name="hintstyle" mode="assign"><const>hintfull</const></edit><edit name="autohint" mode="assign"><bool>false</bool></edit></match>
      <match target="font"><test name="family"><string>Liberation Sans</string></test><edit name="hintstyle" mode="assign"><const>hintfull</const></edit><edit name="autohint" mode="assign"><bool>false</bool></edit></match>
      <match target="font"><test name="family"><string>Arimo</string></test><edit name="hintstyle" mode="assign"><const>hintfull</const></edit><edit name="autohint" mode="assign"><bool>false</bool></edit></match>
      <match target="font"><test name="family"><string>Nimbus Sans</string></test><edit name="hintstyle" mode="assign"><const>hintfull</const></edit><edit name="autohint" mode="assign"><bool>false</bool></edit></match>
      </fontconfig>
      "
    `);
  });

  it.each(KINDS)('should be the variant that a %s has under the same id', (kind) => {
    const variants = new Map(renderingVariants(kind).map((variant) => [variant.id, variant]));
    for (const seed of seeds(100)) expect(renderingOf(seed, kind)).toEqual(variants.get(renderingOf(seed, kind).id));
  });

  it('should be the same for one seed in both kinds, but for the switches', () => {
    for (const seed of seeds(20)) {
      const [shell, chromium] = KINDS.map((kind) => renderingOf(seed, kind));
      expect(shell?.id).toBe(chromium?.id);
      expect(shell?.fontConfiguration).toBe(chromium?.fontConfiguration);
    }
  });

  it('should be each variant as often as any other', () => {
    const count = renderingVariants('chromium').length;
    const perVariant = 50;
    const found = new Map<string, number>();
    for (const seed of seeds(count * perVariant)) {
      const { id } = renderingOf(seed, 'chromium');
      found.set(id, (found.get(id) ?? 0) + 1);
    }
    expect(found.size).toBe(count);
    const chiSquare = [...found.values()].reduce((sum, times) => sum + (times - perVariant) ** 2 / perVariant, 0);
    // Of a uniform distribution: count - 1 on average, give or take sqrt(2 (count - 1)).
    expect(Math.abs(chiSquare - (count - 1))).toBeLessThan(4 * Math.sqrt(2 * (count - 1)));
  });
});

describe('renderingVariants', () => {
  it.each(KINDS)('should all differ, in a %s', (kind) => {
    const variants = renderingVariants(kind);
    expect(new Set(variants.map(({ id }) => id)).size).toBe(variants.length);
    expect(new Set(variants.map(({ flags, fontConfiguration }) => JSON.stringify([flags, fontConfiguration]))).size).toBe(variants.length);
  });

  it('should fit into the pipe that they are passed on through', () => {
    for (const { fontConfiguration } of renderingVariants('chromium')) expect(Buffer.byteLength(fontConfiguration)).toBeLessThan(16 * 1024);
  });
});
