import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import type { EvidenceStore } from '../domain/ports';
import { Refusal } from '../domain/refusal';
import { route, type Route } from './route';
import { mayOpenFiles } from './scopes';

/** A picture never changes under its hash. */
const FOREVER = 'private, max-age=31536000, immutable';

export interface FileParts {
  evidence: EvidenceStore;
  /** Makes the thumbnail of a stored picture. @returns its path. @throws {HumanError} when it cannot be read. */
  thumbnail: (sha256: string) => Promise<string>;
}

/** Stored pictures by their hash, for the pages and the editors of a team; anything else is downloaded as evidence of its task. */
export function fileRoutes({ evidence, thumbnail }: FileParts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/pictures/:start/:sha256',
      about: 'A stored picture by its sha256, after the first two digits of it.',
      handle: async ({ who, params: { sha256 = '' }, response }) => {
        mayOpenFiles(who);
        const path = /^[0-9a-f]{64}$/.test(sha256) ? evidence.path(sha256) : undefined;
        const type = path && (await evidence.pictureType(sha256));
        if (!path || !type) throw new Refusal('not_found', 'There is no such picture.');
        await send(response, path, type);
        return undefined;
      },
    }),
    route({
      method: 'GET',
      path: '/api/thumbnails/:picture',
      about: 'The thumbnail of a stored picture, as PNG: its sha256 and `.png`.',
      handle: async ({ who, params: { picture = '' }, response }) => {
        mayOpenFiles(who);
        const sha256 = picture.replace(/\.png$/, '');
        if (!/^[0-9a-f]{64}$/.test(sha256) || !(await evidence.pictureType(sha256)))
          throw new Refusal('not_found', 'There is no such picture.');
        await send(response, await thumbnail(sha256), 'image/png');
        return undefined;
      },
    }),
  ];
}

async function send(response: ServerResponse, path: string, type: string): Promise<void> {
  const { size } = await stat(path);
  response.writeHead(200, {
    'content-type': type,
    'content-length': size,
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': FOREVER,
  });
  pipeline(createReadStream(path), response, () => undefined);
}
