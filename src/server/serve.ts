import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { errorText } from './base/errors';
import { stderrLog } from './base/log';
import { AgentConfig } from './domain/agent';
import { SharedTower, type Standing } from './sharedTower';

/**
 * A tower without an editor; beside another one on the same folder it stands by:
 * `node dist/serve.js --storage DIR [--folder DIR]… [--agents FILE] [--port N] [--cap N] [--fsync]`.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      storage: { type: 'string' },
      folder: { type: 'string', multiple: true, default: [] },
      agents: { type: 'string' },
      port: { type: 'string', default: '0' },
      cap: { type: 'string', default: '4' },
      fsync: { type: 'boolean', default: false },
    },
  });
  if (values.storage === undefined) throw new Error('Say where to keep the data: --storage DIR');
  mkdirSync(values.storage, { recursive: true, mode: 0o700 });
  const agents = values.agents === undefined ? [] : z.array(AgentConfig).parse(JSON.parse(readFileSync(values.agents, 'utf8')));
  const tower = await SharedTower.open({
    storage: resolve(values.storage),
    folders: values.folder.map((folder) => resolve(folder)),
    agents,
    cap: Number(values.cap),
    port: Number(values.port),
    fsync: values.fsync,
    dist: dirname(__filename),
    log: stderrLog('tower'),
  });
  const stop = (code: number): void => void tower.close().finally(() => process.exit(code));
  // One line for whoever started this, each time it changes: where the tower listens, and whether it is this one.
  const say = (standing: Standing): void => {
    const { url, pid, epoch } = 'address' in standing ? standing.address : {};
    process.stdout.write(`${JSON.stringify({ role: standing.role, url, pid, epoch })}\n`);
  };
  tower.onDidChange((standing) => {
    say(standing);
    if (standing.role === 'down') stop(1);
  });
  say(tower.standing);
  process.once('SIGTERM', () => stop(0));
  process.once('SIGINT', () => stop(0));
}

main().catch((error: unknown) => {
  process.stderr.write(`${errorText(error)}\n`);
  process.exit(1);
});
