import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentProcess } from '../../../src/server/runner/agentProcess';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

describe('The process of an agent', () => {
  let folder: string;
  beforeEach(() => (folder = tempFolder()));
  afterEach(removeTempFolders);

  const start = (script: string, push: (chunk: Buffer) => void = () => undefined): AgentProcess =>
    new AgentProcess({
      name: 'Agent',
      command: [process.execPath, '-e', script],
      cwd: folder,
      env: process.env,
      stdout: { push, end: () => undefined },
      graceMs: 1_000,
      onLine: () => undefined,
      onStarted: () => undefined,
      onEnded: () => undefined,
    });

  it('that does not read what it is written is not read either, until it does', async () => {
    const go = join(folder, 'go');
    let chunks = 0;
    const child = start(
      `const { existsSync } = require('fs');
      const timer = setInterval(() => {
        process.stdout.write('more\\n');
        if (existsSync(${JSON.stringify(go)})) process.stdin.resume();
      }, 2);`,
      () => chunks++,
    );
    await until('its output', () => chunks > 0);
    const written = child.write(Buffer.alloc(8 * 1024 * 1024));
    const before = chunks;
    await start('').done;
    assert.equal(chunks, before);
    writeFileSync(go, '');
    await written;
    await until('more of its output', () => chunks > before);
    await child.stop();
  });
});
