import { basename, extname } from 'node:path';
import type { EvidenceKind } from '../domain/evidence';

const KINDS: Readonly<Record<string, { kind: EvidenceKind; mime: string }>> = {
  '.png': { kind: 'screenshot', mime: 'image/png' },
  '.jpg': { kind: 'screenshot', mime: 'image/jpeg' },
  '.jpeg': { kind: 'screenshot', mime: 'image/jpeg' },
  '.webp': { kind: 'screenshot', mime: 'image/webp' },
  '.patch': { kind: 'patch', mime: 'text/plain' },
  '.diff': { kind: 'patch', mime: 'text/plain' },
  '.xml': { kind: 'report', mime: 'application/xml' },
  '.sarif': { kind: 'report', mime: 'application/json' },
  '.info': { kind: 'report', mime: 'text/plain' },
  '.json': { kind: 'report', mime: 'application/json' },
  '.html': { kind: 'file', mime: 'text/html' },
  '.txt': { kind: 'text', mime: 'text/plain' },
  '.log': { kind: 'text', mime: 'text/plain' },
  '.md': { kind: 'text', mime: 'text/plain' },
};

/** What the name of a file says of it. The tower looks at the bytes of pictures and reports itself. */
export function guessEvidence(path: string): { kind: EvidenceKind; mime: string } {
  return KINDS[extname(basename(path)).toLowerCase()] ?? { kind: 'file', mime: 'application/octet-stream' };
}
