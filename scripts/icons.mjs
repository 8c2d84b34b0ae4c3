import { globSync, readFileSync } from 'node:fs';
import subsetFont from 'subset-font';

const CSS = 'node_modules/@vscode/codicons/dist/codicon.css';
const FONT = 'node_modules/@vscode/codicons/dist/codicon.ttf';
/** Where pages, and the rows that they draw, name icons. */
const SOURCES = ['src/webviews/**/*.{ts,tsx}', 'src/server/domain/**/*.ts'];
const ICON = /^\.codicon-([a-z0-9-]+):before \{ content: "\\([0-9a-f]+)" \}$/gm;

/** The files that name icons. */
export function iconSources() {
  return SOURCES.flatMap((glob) => globSync(glob));
}

/** The style sheet of codicons with those alone that our pages name, and its font inside: one that is fetched would hold up the first messages to a page. */
export async function iconStyle() {
  const css = readFileSync(CSS, 'utf8');
  const text = iconSources()
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  // Names stand in quotes, some with a modifier behind them: 'loading~spin'.
  const named = new Set([...text.matchAll(/'([a-z][a-z0-9-]*)[^'\n]*'|"([a-z][a-z0-9-]*)"/g)].map(([, a, b]) => a ?? b));
  const icons = [...css.matchAll(ICON)].filter(([, name]) => named.has(name));
  const characters = icons.map(([, , code]) => String.fromCodePoint(parseInt(code, 16))).join('');
  const font = await subsetFont(readFileSync(FONT), characters, { targetFormat: 'woff2' });
  const used = new Set(icons.map(([rule]) => rule));
  return css
    .replace(ICON, (rule) => (used.has(rule) ? rule : ''))
    .replace(/url\("[^"]*"\) format\("truetype"\)/, `url("data:font/woff2;base64,${font.toString('base64')}") format("woff2")`);
}
