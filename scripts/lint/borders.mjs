import { dirname, join, relative, sep } from 'node:path';

/** Which room may import which, by folder under `src`. Top files of `server` (tower, queries, …) may use what `start` passes them. */
const SERVER = 'server';
const TOP = ['base', 'domain', 'protocol'];
const MAY = {
  'server/domain': [],
  'server/base': [],
  'server/protocol': ['server/domain'],
  'server/dispatch': ['server/base', 'server/domain', 'server/protocol'],
  'server/store': ['server/base', 'server/domain', 'server/protocol'],
  'server/gateway': ['server/base', 'server/domain', 'server/protocol'],
  'server/follower': ['server/base', 'server/domain', 'server/protocol'],
  'server/redis': ['server/base', 'server/domain', 'server/protocol'],
  'server/pricing': ['server/base', 'server/domain', 'server/protocol'],
  'server/proof': ['server/base', 'server/domain', 'server/protocol'],
  'server/users': ['server/base', 'server/domain', 'server/protocol'],
  'server/hooks': ['server/base', 'server/domain', 'server/protocol'],
  'server/runner': ['server/base', 'server/domain', 'server/protocol'],
  'server/cli': ['server/base', 'server/domain', 'server/protocol', 'server/start'],
  extension: ['server/sharedTower', 'server/joinedTower', 'server/follower', 'server/domain', 'server/base', 'webviews/protocol'],
  webviews: ['server/domain', 'server/follower'],
};
/** Packages a room may use, where it may not use any. */
const PACKAGES = { 'server/domain': ['zod', '@vscode/l10n'], 'server/base': ['ulid', 'ws', 'json-rpc-2.0'], 'server/protocol': ['zod'] };

/** The room a path under `src` belongs to: `server/store`, `server/start` (a top file), `extension`, `webviews`. */
function roomOf(path) {
  const [first, second] = path.split(sep);
  return first === SERVER ? `${SERVER}/${(second ?? '').replace(/\.tsx?$/, '')}` : (first ?? '');
}

/** An ESLint rule: imports point one way. */
export default {
  meta: { type: 'problem', schema: [], messages: { border: '{{from}} must not import {{to}}.' } },
  create(context) {
    const src = join(context.cwd, 'src');
    const file = relative(src, context.filename);
    if (file.startsWith('..')) return {};
    const from = roomOf(file);
    const check = (node) => {
      const name = node.source?.value;
      if (typeof name !== 'string') return;
      if (!name.startsWith('.')) {
        const packages = PACKAGES[from];
        const allowed = !packages || packages.includes(name) || (from !== 'server/domain' && name.startsWith('node:'));
        if (!allowed || (name === 'vscode' && from !== 'extension'))
          context.report({ node, messageId: 'border', data: { from, to: name } });
        return;
      }
      const target = relative(src, join(dirname(context.filename), name));
      const to = roomOf(target);
      if (to === from && !target.endsWith('extension/extension')) return;
      const may = MAY[from] ?? (from.startsWith(`${SERVER}/`) ? topMay(from) : []);
      if (
        target.endsWith('extension/extension') ||
        !(may === '*' || may.some((room) => to === room || target.startsWith(room.split('/').join(sep))))
      )
        context.report({ node, messageId: 'border', data: { from, to } });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

/**
 * `start.ts` alone builds the rooms, `sharedTower.ts` chooses between them and a tower elsewhere, and `serve/` adds what only a team's tower
 * has; the other top files take them as interfaces.
 */
function topMay(from) {
  if (from === 'server/start' || from === 'server/sharedTower' || from === 'server/joinedTower' || from === 'server/serve') return '*';
  const tops = [
    'alarm',
    'bundleSource',
    'commitNotes',
    'evidenceQuery',
    'fleet',
    'leases',
    'peerRelay',
    'liveOverlay',
    'queries',
    'sharedTower',
    'start',
    'tower',
  ];
  return [...TOP, ...tops].map((room) => `${SERVER}/${room}`);
}
