import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The page of a panel: our script and style alone, no network, nothing inline. */
export function panelHtml(webview: vscode.Webview, extension: vscode.Uri, name: string, title: string): string {
  const nonce = randomBytes(16).toString('base64');
  // The toolkit tries out a style element of its own, with the nonce that it finds in the page.
  const styleNonce = randomBytes(16).toString('base64');
  const at = (...path: string[]): string => webview.asWebviewUri(vscode.Uri.joinPath(extension, 'dist', 'webviews', ...path)).toString();
  const source = webview.cspSource;
  const policy = `default-src 'none'; img-src ${source} data:; style-src ${source} 'nonce-${styleNonce}'; font-src data:; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${vscode.l10n.bundle ? vscode.env.language : 'en'}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta property="csp-nonce" content="${styleNonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${at('codicon.css')}">
<link rel="stylesheet" href="${at(`${name}.css`)}">
<title>${title}</title>
</head>
<body>
<div id="app"></div>
${languagePart()}<script nonce="${nonce}" src="${at(`${name}.js`)}"></script>
</body>
</html>`;
}

/** The texts of the editor's language, as data: nothing in it runs, so the policy of the page has no say. */
function languagePart(): string {
  const { bundle } = vscode.l10n;
  if (!bundle) return '';
  return `<script type="application/json" id="language">${JSON.stringify(bundle).replaceAll('<', '\\u003c')}</script>\n`;
}
