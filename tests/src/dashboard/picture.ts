import type { Browser } from '@carrel/sdk';
import type { Page } from 'playwright-core';

/** Where something of the page that is watched is on the visitor's screen, so that it can be pressed. */
export async function pointOf(page: Page, browser: Browser, selector: string): Promise<{ x: number; y: number }> {
  const expression = `(() => { const { x, y, width, height } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
    return { x: x + width / 2, y: y + height / 2, width: innerWidth, height: innerHeight }; })()`;
  const { value } = await browser.execute({ type: 'evaluate', expression });
  const at = value as { x: number; y: number; width: number; height: number };
  const box = await page.locator('canvas').boundingBox();
  if (!box) throw new Error('There is no picture.');
  const scale = Math.min(box.width / at.width, box.height / at.height);
  return {
    x: box.x + (box.width - at.width * scale) / 2 + at.x * scale,
    y: box.y + (box.height - at.height * scale) / 2 + at.y * scale,
  };
}

export async function takeControl(page: Page): Promise<void> {
  await page.locator('canvas[data-has-picture]').waitFor();
  await page.getByRole('button', { name: 'Take control' }).click();
  await page.getByText('You are in control').waitFor();
}

export async function giveBack(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Give back' }).click();
  await page.getByText('Nobody is in control').waitFor();
}
