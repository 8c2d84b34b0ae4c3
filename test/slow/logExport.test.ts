import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { reportText } from '../../src/server/store/logSegment';
import { bundleScript } from '../support/bundle';
import { taskId } from '../support/records';
import { removeTempFolders, tempFolder } from '../support/tempFolder';

const TASKS = 20;
const LINES = 1_000_000;
const SEGMENT = 4 << 20;

/** The log of tasks that ran at the same time, about 130 MB. */
function fill(dir: string): void {
  for (let task = 1; task <= TASKS; task++) {
    const folder = join(dir, 'tasks', taskId(task), 'log');
    mkdirSync(folder, { recursive: true });
    let [segment, text] = [1, ''];
    const flush = (): void => {
      writeFileSync(join(folder, `${segment++}.ndjson`), text);
      text = '';
    };
    for (let n = 0; n < LINES / TASKS; n++) {
      const at = 1_700_000_000_000 + n * 10 + task;
      text += reportText(1, `agent-${task}`, [
        { at, level: 'info', text: `Reading src/auth/token.ts, step ${n} of many, as task ${task}` },
      ]);
      if (text.length > SEGMENT) flush();
    }
    flush();
  }
}

describe('The export of 1,000,000 lines', function () {
  this.timeout(300_000);
  let dir = '';
  before(() => {
    dir = tempFolder();
    fill(dir);
    bundleScript('test/support/logExportWorker.ts', join(dir, 'export.js'));
  });
  after(removeTempFolders);

  for (const format of ['ndjson', 'csv', 'json'] as const)
    it(`as ${format} needs no more than a small heap`, async () => {
      const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 };
      const worker = new Worker(join(dir, 'export.js'), { workerData: { dir, format }, resourceLimits });
      const [{ bytes, lines }] = (await once(worker, 'message')) as [{ bytes: number; lines: number }];
      await worker.terminate();
      assert.equal(lines, LINES + { ndjson: 0, csv: 1, json: 2 }[format]);
      assert.ok(bytes > 100_000_000);
    });
});
