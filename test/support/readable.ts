import type { Locator, Page } from 'playwright-core';

/** Controls that say nothing to a screen reader without a name. */
const CONTROLS = [
  'button',
  'link',
  'textbox',
  'searchbox',
  'combobox',
  'checkbox',
  'radio',
  'tab',
  'slider',
  'menuitem',
  'switch',
  'spinbutton',
];

/** What a screen reader reads of a page. */
export class Readable {
  private constructor(
    /** Playwright's snapshot of the accessibility tree, a line each. */
    readonly lines: readonly string[],
  ) {}

  static async of(root: Locator): Promise<Readable> {
    return new Readable((await root.ariaSnapshot()).split('\n').map((line) => line.trim()));
  }

  /** The names of a role, in order. */
  names(role: string): string[] {
    return this.lines.flatMap((line) => new RegExp(`^- '?${role} "((?:[^"\\\\]|\\\\.)*)"`).exec(line)?.[1] ?? []);
  }

  /** Controls, regions and pictures without a name. */
  get nameless(): string[] {
    const roles = [...CONTROLS, 'region', 'img', 'dialog', 'group'].join('|');
    return this.lines.filter((line) => new RegExp(`^- (?:${roles})(?:$|:$| \\[)`).test(line) && !line.startsWith('- group'));
  }
}

/** Elements whose style moves or fades, in a page that should not. */
export function moving(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const longest = (value: string): number =>
      Math.max(...value.split(',').map((part) => parseFloat(part) * (part.includes('ms') ? 1 : 1000)));
    return [...document.querySelectorAll('body *')].flatMap((element) => {
      const { animationName, animationDuration, transitionDuration } = getComputedStyle(element);
      const moves = (animationName !== 'none' && longest(animationDuration) > 10) || longest(transitionDuration) > 10;
      return moves ? [`${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''}`] : [];
    });
  });
}

/** By how many CSS pixels a page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => (document.scrollingElement?.scrollWidth ?? 0) - innerWidth);
}
