import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { until } from '../../support/until';
import { Stage } from '../../unit/examples/stage';

const AGENTS = [
  { label: 'Node', id: 'node-line-counter', command: process.execPath, language: 'js', file: 'agent.mjs' },
  { label: 'Python', id: 'python-line-counter', command: 'python3', language: 'python', file: 'agent.py' },
  { label: 'shell', id: 'shell-line-counter', command: 'sh', language: 'sh', file: 'agent.sh' },
];

/** Writes the agent that `docs/protocol.md` shows in a language to a file, as a reader would. @returns its path. */
function agentOfDocs(language: string, file: string): string {
  const [, code = ''] = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(readFileSync('docs/protocol.md', 'utf8')) ?? [];
  assert.ok(code.length > 1000, `docs/protocol.md has no agent in ${language}`);
  const folder = resolve('out/protocol');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), code);
  return join(folder, file);
}

describe('the minimal agents', function () {
  this.timeout(120_000);
  const stage = new Stage();
  const data = join(stage.folder, 'data set');

  before(async () => {
    mkdirSync(join(data, 'deep', 'er'), { recursive: true });
    const files = {
      'a.txt': 'one\ntwo\n',
      'deep/b.txt': 'no line end',
      'deep/er/ü "q".md': '# \\n\n\n',
      Makefile: 'all:\n',
      '.hidden': 'x\n',
      'empty.css': '',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(data, name), text);
    for (let n = 0; n < 30; n++) writeFileSync(join(data, 'deep', `page${n}.html`), '<p>\n'.repeat(n));
    await stage.open();
  });
  after(() => stage.close());
  afterEach(() => stage.dismiss());

  for (const { label, id, command, language, file } of AGENTS) {
    const start = (paceMs: number): void =>
      stage.agent(command, [agentOfDocs(language, file)], { TASKTOWER_EXAMPLE_PACE_MS: String(paceMs) });

    it(`in ${label} counts lines as wc -l does, and shows how it goes`, async () => {
      const steps = new Set<string | undefined>();
      const taskId = await stage.create(`Count the lines of each file type in ${data}`, id);
      const listening = stage.tower.onDidChangeLive(({ tasks }) => steps.add(tasks?.[taskId]?.step));
      start(20);
      const { task, results } = await stage.ended(taskId);
      listening.dispose();

      assert.equal(task.status, 'completed', task.error?.message);
      assert.equal(task.attempts[0]?.agentId, id);
      assert.deepEqual(readTable(results[1] ?? ''), countByWc(data));
      steps.delete(undefined);
      assert.ok(steps.size >= 3, `progress was seen at: ${[...steps].join(', ')}`);
      const evidence = task.attempts[0]?.evidence ?? [];
      assert.deepEqual(
        evidence.map(({ kind, name }) => [kind, name]),
        [['text', 'lines by file type']],
      );
      assert.deepEqual(readTable(stage.bytes(evidence[0]).toString()), countByWc(data));
      const logs = await stage.logs(taskId);
      assert.ok(logs.some(({ level, text }) => level === 'info' && text.startsWith('36 files in')));
      assert.ok(logs.some(({ level, text }) => level === 'debug' && text.endsWith('ü "q".md: 2')));
    });

    it(`in ${label} stops within 2 s of a cancel`, async () => {
      const taskId = await stage.create(`Count the lines of each file type in ${data}`, id);
      start(300);
      await until('work on files', () => /^[2-9] of /.test(stage.tower.live.tasks.get(taskId)?.step ?? ''), 60_000);
      const asked = performance.now();
      await stage.cancel(taskId);
      const { task, results } = await stage.ended(taskId);
      assert.ok(performance.now() - asked < 2000);
      assert.equal(task.status, 'cancelled');
      assert.equal(results[1], undefined);
      await until('the agent is free again', () => (stage.tower.board.held.get(id)?.size ?? 0) === 0);
    });

    it(`in ${label} says what to do when there is no such folder`, async () => {
      const taskId = await stage.create(`Count the lines of each file type in ${join(data, 'nowhere')}`, id);
      start(0);
      await until('an error', () => stage.task(taskId).attempts[0]?.error, 60_000);
      assert.match(stage.task(taskId).attempts[0]?.error?.message ?? '', /nowhere.*then retry\.$/);
      await stage.cancel(taskId).catch(() => undefined);
    });
  }

  it('in Node goes on with its attempt when the tower comes back', async () => {
    const taskId = await stage.create(`Count the lines of each file type in ${data}`, 'Node line counter');
    stage.agent(process.execPath, [resolve('examples/agents/node/agent.mjs')], { TASKTOWER_EXAMPLE_PACE_MS: '60' });
    await until('work on files', () => /^\d+ of /.test(stage.tower.live.tasks.get(taskId)?.step ?? ''));
    await stage.shut();
    await stage.open();
    const { task, results } = await stage.ended(taskId);
    assert.equal(task.status, 'completed', task.error?.message);
    assert.equal(task.attempts.length, 1);
    assert.deepEqual(readTable(results[1] ?? ''), countByWc(data));
    const counted = (await stage.logs(taskId)).filter(({ level, text }) => level === 'debug' && /: \d+$/.test(text));
    assert.equal(new Set(counted.map(({ text }) => text)).size, 36);
    assert.equal(counted.length, 36, 'no line is lost or stored twice');
  });
});

/** Lines such as `html 30` as an object. */
function readTable(text: string): Record<string, number> {
  const rows = text.split('\n').filter(Boolean);
  return Object.fromEntries(rows.map((row) => [row.slice(0, row.lastIndexOf(' ')), Number(row.slice(row.lastIndexOf(' ') + 1))]));
}

/** The truth to compare with: the sums of `wc -l` for each file extension. */
function countByWc(folder: string): Record<string, number> {
  const files = execFileSync('find', [folder, '-type', 'f', '-print0']).toString().split('\0').filter(Boolean);
  const sums: Record<string, number> = {};
  for (const file of files) {
    const type = extname(file).slice(1) || '(none)';
    const lines = Number(execFileSync('wc', ['-l', file]).toString().trim().split(' ', 1)[0]);
    sums[type] = (sums[type] ?? 0) + lines;
  }
  return sums;
}
