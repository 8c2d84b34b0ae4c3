import type { Page } from 'playwright-core';

/** A page of a small shop, as an agent would take pictures of it. */
export interface SiteLook {
  title: string;
  accent?: string;
  button?: string;
  total?: string;
  banner?: string;
  rows?: number;
  clock?: string;
}

/** Takes a real screenshot of the page in that look, 1280x800 or as long as it is. */
export async function takePicture(page: Page, look: SiteLook, fullPage = false): Promise<Buffer> {
  await page.setContent(siteHtml(look));
  return page.screenshot({ fullPage });
}

function siteHtml({ title, accent = '#2f6f4f', button = 'Sign in', total = '24.90', banner, rows = 3, clock = '13:41' }: SiteLook): string {
  const cards = Array.from(
    { length: rows * 3 },
    (_, n) => `<li><b>Loaf ${n + 1}</b><p>Baked this morning with rye and salt.</p><i>${(3 + n * 0.4).toFixed(2)}</i></li>`,
  );
  return `<!doctype html><style>
    body { margin: 0; font: 16px/1.5 "DejaVu Sans", sans-serif; color: #222; background: #faf7f2 }
    header { display: flex; gap: 32px; padding: 20px 48px; background: ${accent}; color: #fff; font-size: 20px }
    header span { margin-left: auto; font-size: 15px }
    main { display: grid; grid-template-columns: 1fr 340px; gap: 40px; padding: 32px 48px }
    ul { display: grid; grid-template-columns: repeat(3, 1fr); gap: 20px; margin: 0; padding: 0; list-style: none }
    li { padding: 18px; border-radius: 10px; background: #fff; box-shadow: 0 1px 4px #0002 }
    li p { margin: 6px 0; color: #666; font-size: 14px } li i { color: ${accent}; font-style: normal }
    form { padding: 24px; border-radius: 10px; background: #fff; box-shadow: 0 1px 4px #0002 }
    label { display: block; margin: 0 0 14px; font-size: 14px } input { width: 100%; height: 34px; box-sizing: border-box; border: 1px solid #bbb; border-radius: 6px }
    button { width: 100%; height: 42px; border: 0; border-radius: 8px; background: ${accent}; color: #fff; font-size: 16px }
    .banner { padding: 12px 48px; background: #ffe9b0 }
  </style><header><b>Bakery</b>${title}<span>${clock}</span></header>${banner ? `<div class="banner">${banner}</div>` : ''}
  <main><ul>${cards.join('')}</ul><form><h2>${title}</h2><label>Mail<input></label><label>Password<input></label>
  <p>Your basket: <b>${total}</b></p><button>${button}</button></form></main>`;
}
