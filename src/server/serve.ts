import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { errorText } from './base/errors';
import { stderrLog } from './base/log';
import { AgentConfig } from './domain/agent';
import { startTower } from './start';

/** A tower without an editor: `node dist/serve.js --storage DIR [--folder DIR]… [--agents FILE] [--port N] [--cap N] [--fsync]`. */
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
  const running = await startTower({
    storage: resolve(values.storage),
    folders: values.folder.map((folder) => resolve(folder)),
    agents,
    cap: Number(values.cap),
    port: Number(values.port),
    fsync: values.fsync,
    dist: dirname(__filename),
    log: stderrLog('tower'),
  });
  // One line for whoever started this: where the tower listens.
  process.stdout.write(`${JSON.stringify({ url: running.address.url, pid: process.pid, epoch: running.address.epoch })}\n`);
  const stop = (): void => {
    void running.dispose().finally(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${errorText(error)}\n`);
  process.exit(1);
});
