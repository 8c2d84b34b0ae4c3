import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { HumanError } from '../base/errors';
import type { Pages } from './reach';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The pages by their path: the bundle of each and its title. */
const PAGES: Readonly<Record<string, { bundle: string; title: string }>> = {
  '/': { bundle: 'dashboard', title: 'Tasktower' },
  '/agents': { bundle: 'dashboard', title: 'Tasktower: Agents' },
  '/analytics': { bundle: 'analytics', title: 'Tasktower: Analytics' },
  '/logs': { bundle: 'logs', title: 'Tasktower: Logs' },
  '/evidence': { bundle: 'evidence', title: 'Tasktower: Evidence' },
  '/sign-in': { bundle: 'signIn', title: 'Tasktower: Sign In' },
};
/** A bundle is asked about anew each time, as the next version has the same name. */
const CACHE = 'no-cache';

interface Asset {
  type: string;
  bytes: Buffer;
}

/** The dashboard in a browser: pages that hold no data, and the files of its own folder, read once; nothing else of the disk can be asked for. */
export class WebPages implements Pages {
  private readonly assets: ReadonlyMap<string, Asset>;
  readonly paths: ReadonlySet<string>;

  /** @param folder where the bundles lie, absolute. @throws {HumanError} when they do not. */
  constructor(folder: string) {
    this.assets = readAssets(folder);
    this.paths = new Set([...Object.keys(PAGES), ...this.assets.keys()]);
  }

  serve(path: string, response: ServerResponse): void {
    const page = Object.hasOwn(PAGES, path) ? PAGES[path] : undefined;
    if (page) return this.servePage(page, response);
    const asset = this.assets.get(path);
    if (!asset) return void response.writeHead(404).end();
    send(response, asset.type, asset.bytes);
  }

  private servePage({ bundle, title }: { bundle: string; title: string }, response: ServerResponse): void {
    // The toolkit tries out a style element of its own, with the nonce that it finds in the page.
    const nonce = randomBytes(16).toString('base64');
    const policy = [
      "default-src 'none'",
      "script-src 'self'",
      `style-src 'self' 'nonce-${nonce}'`,
      "img-src 'self' data: blob:",
      'font-src data:',
      "connect-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ];
    response.setHeader('content-security-policy', policy.join('; '));
    send(response, 'text/html; charset=utf-8', Buffer.from(pageHtml(bundle, title, nonce)));
  }
}

function send(response: ServerResponse, type: string, bytes: Buffer): void {
  response.writeHead(200, { 'content-type': type, 'content-length': bytes.length, 'cache-control': CACHE });
  response.end(bytes);
}

function pageHtml(bundle: string, title: string, nonce: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta property="csp-nonce" content="${nonce}">
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/theme.css">
<link rel="stylesheet" href="/assets/codicon.css">
<link rel="stylesheet" href="/assets/${bundle}.css">
<title>${title}</title>
</head>
<body>
<div id="app"></div>
<script src="/assets/${bundle}.js"></script>
</body>
</html>`;
}

function readAssets(folder: string): Map<string, Asset> {
  const assets = new Map<string, Asset>();
  try {
    for (const name of readdirSync(folder)) {
      const type = TYPES[extname(name)];
      if (type !== undefined) assets.set(`/assets/${name}`, { type, bytes: readFileSync(join(folder, name)) });
    }
  } catch (error) {
    throw new HumanError(`The pages of the dashboard are not in ${folder}. Install Tasktower again.`, { cause: error });
  }
  return assets;
}
