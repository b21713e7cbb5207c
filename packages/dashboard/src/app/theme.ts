/** What the person chose; `system` follows the machine. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORED_AS = 'carrel.theme';

const isTheme = (text: unknown): text is Theme => THEMES.some((theme) => theme === text);

/** The theme of before, or the one that the page was opened with (`?theme=`). */
export function readTheme(): Theme {
  const asked = new URLSearchParams(location.search).get('theme');
  if (isTheme(asked)) return asked;
  try {
    const stored = localStorage.getItem(STORED_AS);
    return isTheme(stored) ? stored : 'system';
  } catch {
    return 'system'; // Storage is switched off, or this is a frame that may have none: nothing is lost but a preference.
  }
}

/** Shows a theme. */
export function showTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Shows a theme, and keeps it for the next time. */
export function chooseTheme(theme: Theme): void {
  showTheme(theme);
  try {
    localStorage.setItem(STORED_AS, theme);
  } catch {
    // As above: it is shown all the same, until the page is loaded again.
  }
}
