import { parentPort, workerData } from 'node:worker_threads';
import type { LogFormat } from '../../src/server/domain/logQuery';
import { FolderLogReader } from '../../src/server/store/logs/logReader';

/** Exports the whole log of a folder, and says how many bytes and lines that were. */
async function run({ dir, format }: { dir: string; format: LogFormat }): Promise<void> {
  const reader = new FolderLogReader(dir, dir);
  const names = { agent: (id: string) => id, task: async () => ({ number: 1, title: 'Task' }) };
  let [bytes, lines] = [0, 0];
  for await (const chunk of reader.export({ scope: {}, format }, names)) {
    bytes += chunk.length;
    for (const byte of chunk) if (byte === 0x0a) lines++;
  }
  reader.dispose();
  parentPort?.postMessage({ bytes, lines });
}

void run(workerData as { dir: string; format: LogFormat });
