/** Variables of the editor and of ourselves that would change what a child does. */
const OURS = /^(ELECTRON_|VSCODE_|TASKTOWER_)/;
const HOST: ReadonlySet<string> = new Set([
  'NODE_OPTIONS',
  'APPLICATION_INSIGHTS_NO_STATSBEAT',
  'CHROME_DESKTOP',
  'GDK_PIXBUF_MODULE_FILE',
]);

/** The environment of the person, without what the editor put there, with `extra`. */
export function childEnv(own: NodeJS.ProcessEnv, ...extra: Readonly<Record<string, string>>[]): NodeJS.ProcessEnv {
  const kept = Object.entries(own).filter(([name]) => !OURS.test(name.toUpperCase()) && !HOST.has(name.toUpperCase()));
  return Object.assign(Object.fromEntries(kept), ...extra) as NodeJS.ProcessEnv;
}
