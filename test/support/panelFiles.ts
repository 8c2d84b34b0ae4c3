import { readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import type { PanelScene } from './panelScene';
import { plain, pngOf } from './pictures';
import { themeCss, THEMES, type ThemeName } from './webviewThemes';
import { languageData } from './pageLanguage';

/** Where the page of a panel is served from in tests. */
export const ORIGIN = 'https://panel.test';
/** What the build has made. */
const BUNDLES = resolve('dist', 'webviews');
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css' };
/** As strict as in the editor. */
const CSP = `default-src 'none'; img-src ${ORIGIN} data:; style-src ${ORIGIN}; font-src data:; script-src 'nonce-of-this-page'`;

interface Answer {
  contentType: string;
  headers?: Record<string, string>;
  body: string | Buffer;
}

/** A file of the page by its path, the pictures of the scene among them; undefined when there is none. */
export function panelFile(path: string, theme: ThemeName, scene: PanelScene): Answer | undefined {
  switch (path) {
    case '/':
      return { contentType: 'text/html', headers: { 'content-security-policy': CSP }, body: pageOf(theme) };
    case '/evidence.js':
    case '/evidence.css':
    case '/codicon.css':
      return { contentType: TYPES[extname(path)] ?? '', body: readFileSync(join(BUNDLES, path)) };
    case '/theme.css':
      return { contentType: 'text/css', body: themeCss(theme) };
    case '/favicon.ico':
      return { contentType: 'image/png', body: pngOf(plain(1, 1)) };
  }
  const [, sha256 = ''] = /^\/evidence\/[0-9a-f]{2}\/([0-9a-f]{64})$/.exec(path) ?? [];
  const body = scene.files.get(sha256);
  return body && { contentType: 'image/png', body };
}

function pageOf(theme: ThemeName): string {
  const links = ['theme', 'codicon', 'evidence'].map((name) => `<link rel="stylesheet" href="/${name}.css">`).join('');
  const head = `<meta charset="utf-8"><title>#12 Evidence</title>${links}`;
  const script = '<script nonce="of-this-page" src="/evidence.js"></script>';
  return `<!doctype html><html lang="en"><head>${head}</head><body class="${THEMES[theme].bodyClass}"><div id="app"></div>${languageData()}${script}</body></html>`;
}
