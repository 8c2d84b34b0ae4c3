import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, relative, sep, isAbsolute } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.htm': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.gif': 'image/gif',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/** Serves a folder on 127.0.0.1, read-only, until closed. @returns {Promise<{ url: string, close(): void }>} */
export async function serveFolder(folder) {
  const root = await realpath(folder);
  const server = createServer((request, response) => {
    answer(root, request, response, `127.0.0.1:${server.address().port}`).catch(() => response.writeHead(404).end('Not found'));
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}

async function answer(root, request, response, host) {
  // Another Host is a web page that made its own name point here (DNS rebinding).
  if (request.headers.host !== host || request.method !== 'GET') return response.writeHead(403).end('Forbidden');
  const path = decodeURIComponent(new URL(request.url, `http://${host}`).pathname);
  // Hidden files hold secrets more often than pages (.env, .git).
  if (path.split('/').some((part) => part.startsWith('.'))) return response.writeHead(404).end('Not found');
  let file = join(root, path);
  if ((await stat(file)).isDirectory()) file = join(file, 'index.html');
  const real = await realpath(file);
  if (!isInside(root, real) || !(await stat(real)).isFile()) return response.writeHead(404).end('Not found');
  const stream = createReadStream(real);
  stream.once('error', () => response.destroy());
  stream.once('open', () =>
    response.writeHead(200, {
      'content-type': TYPES[extname(real).toLowerCase()] ?? 'application/octet-stream',
      'cache-control': 'no-store',
    }),
  );
  stream.pipe(response);
}

function isInside(root, file) {
  const way = relative(root, file);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
