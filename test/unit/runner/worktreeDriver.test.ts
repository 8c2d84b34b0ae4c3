import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AssignParams } from '../../../src/server/protocol/agent';
import type { Driver, Work, WorkContext } from '../../../src/server/runner/driver';
import { runProcess } from '../../../src/server/runner/drivers/process';
import { withWorktree } from '../../../src/server/runner/worktree/worktreeDriver';
import { DriverRun } from '../../support/driverBench';
import { nodeAgent } from '../../support/fakeTower';
import { removeTempFolders } from '../../support/tempFolder';
import { until } from '../../support/until';
import { WorktreeBench, type WorktreeInput } from '../../support/worktreeBench';

describe('Driver with a working tree', () => {
  let bench: WorktreeBench;
  let tree: string;

  beforeEach(() => {
    bench = new WorktreeBench();
    tree = join(bench.folder, 'app.tasktower', '1-a-task');
  });
  afterEach(() => {
    bench.dispose();
    removeTempFolders();
  });

  const run = (script: string, config: WorktreeInput = {}, assignment: Partial<AssignParams> = {}, graceMs = 5_000): DriverRun =>
    new DriverRun(withWorktree(runProcess), { agent: bench.agent(script, config), assignment, graceMs });
  /** A driver that is led by the test. */
  const led = (config: WorktreeInput, change: Partial<Work> = {}) => {
    const contexts: WorkContext[] = [];
    const calls: string[] = [];
    const driver: Driver = (context) => {
      contexts.push(context);
      const say = (call: string) => () => void calls.push(call);
      const end: Work['end'] = (as) => {
        calls.push('end');
        context.report(as);
      };
      return { end, pause: say('pause'), resume: say('resume'), ...change };
    };
    return { contexts, calls, run: new DriverRun(withWorktree(driver), { agent: bench.agent('', config) }) };
  };

  it('works in the tree, hands in one patch before the final report, and keeps what was changed', async () => {
    const work = run(`fs.writeFileSync('src/a.ts', 'two\\n'); fs.writeFileSync('new.ts', 'new\\n'); console.log(process.cwd())`);
    assert.deepEqual(await work.final(), { type: 'result', result: tree });
    assert.equal(work.evidence.length, 1);
    const [{ head, mime, bytes }] = work.evidence as [(typeof work.evidence)[0]];
    assert.deepEqual([head.kind, head.name, mime], ['patch', 'worktree.patch', 'text/x-diff']);
    assert.match(head.description ?? '', /^What changed since main \([0-9a-f]{10}\), as git tells it: 2 files\.$/);
    assert.match(bytes.toString(), /-one\n\+two/);
    assert.match(work.log.at(-1) ?? '', /^info The working tree stays, it has changes that are not committed: .* [kM]B\)\.$/);
    assert.equal(work.reports.at(-1)?.type, 'result');
    assert.ok(existsSync(join(tree, 'new.ts')));
    assert.equal(bench.repository.git('status', '--porcelain'), '');
  });

  it('removes the tree of work that changed nothing, unless trees are to stay', async () => {
    const work = run(`console.log('looked')`);
    assert.deepEqual(await work.final(), { type: 'result', result: 'looked' });
    assert.deepEqual([existsSync(tree), bench.repository.branches, work.evidence], [false, ['main'], []]);
    const kept = run(`console.log('looked')`, { keep: 'always' });
    await kept.final();
    assert.ok(existsSync(tree));
  });

  it('goes on in the tree of a failed attempt', async () => {
    const failed = await run(`fs.writeFileSync('half', 'x'); process.exit(1)`).final();
    assert.equal(failed.type, 'error');
    const again = run(`console.log(fs.readFileSync('half', 'utf8'))`, {}, { attempt: 2 });
    assert.deepEqual(await again.final(), { type: 'result', result: 'x' });
    assert.match(again.log[0] ?? '', /as the attempt before left it/);
  });

  it('gives the driver the folder of the task in the tree, and is not in the way without the setting', async () => {
    const script = `console.log(process.cwd())`;
    const inside = run(script, {}, { folder: join(bench.repository.folder, 'src') });
    assert.deepEqual(await inside.final(), { type: 'result', result: join(tree, 'src') });
    const plain = new DriverRun(withWorktree(runProcess), { agent: nodeAgent('Builder', bench.repository.folder, script) });
    assert.deepEqual(await plain.final(), { type: 'result', result: bench.repository.folder });
  });

  it('hands in what a cancelled attempt had changed', async () => {
    const work = run(`require('fs').writeFileSync('src/a.ts', 'two\\n'); console.log('ready'); setInterval(() => {}, 1000)`);
    await until('the change', () => work.log.includes('info ready'));
    work.work.end({ type: 'cancelled' });
    assert.deepEqual(await work.final(), { type: 'cancelled' });
    assert.match(work.evidence[0]?.bytes.toString() ?? '', /\+two/);
  });

  it('ends in time though the tower does not take the patch', async () => {
    const driver: Driver = (context) => withWorktree(runProcess)({ ...context, handIn: () => new Promise(() => undefined) });
    const script = `require('fs').writeFileSync('src/a.ts', 'two\\n'); console.log('ready'); setInterval(() => {}, 1000)`;
    const work = new DriverRun(driver, { agent: bench.agent(script), graceMs: 500 });
    await until('the change', () => work.log.includes('info ready'));
    work.work.end({ type: 'cancelled' });
    assert.deepEqual(await work.final(), { type: 'cancelled' });
    assert.ok(existsSync(tree));
  });

  it('says that the patch was refused, and ends as the work did', async () => {
    const driver: Driver = (context) => withWorktree(runProcess)({ ...context, handIn: () => Promise.reject(new Error('too many')) });
    const work = new DriverRun(driver, { agent: bench.agent(`require('fs').writeFileSync('new', '')`) });
    assert.equal((await work.final()).type, 'result');
    assert.ok(work.log.includes('warn What changed could not be handed in: too many'));
  });

  it('passes a pause and messages on once the driver has started', async () => {
    const said: string[] = [];
    const { calls, contexts, run: work } = led({}, { message: (text) => void said.push(text) });
    work.work.pause();
    work.work.message?.('early');
    await until('the driver', () => contexts[0]);
    assert.deepEqual([calls, said], [['pause'], ['early']]);
    work.work.message?.('now');
    work.work.resume();
    contexts[0]?.report({ type: 'result', result: 'done' });
    await work.final();
    assert.deepEqual(
      [calls, said],
      [
        ['pause', 'resume'],
        ['early', 'now'],
      ],
    );
  });

  it('says that an early message was not given to a driver that takes none', async () => {
    const { contexts, run: work } = led({});
    work.work.message?.('early');
    await until('the driver', () => contexts[0]);
    assert.equal('message' in work.work && typeof work.work.message, 'undefined');
    assert.match(work.log.at(-1) ?? '', /^warn Builder does not take messages, so this one was not given: early/);
    work.work.end({ type: 'cancelled' });
    await work.final();
  });

  it('reports a driver that fails to start, and cleans up', async () => {
    const broken: Driver = () => {
      throw new Error('no such thing');
    };
    const work = new DriverRun(withWorktree(broken), { agent: bench.agent('') });
    assert.deepEqual(await work.final(), { type: 'error', kind: 'spawn_failed', message: 'Builder could not be started: no such thing' });
    assert.deepEqual(bench.repository.trees, []);
  });

  it('warns of a file that another running task changed', async () => {
    const other = await bench.prepare({ number: 12 });
    other.use.files = ['src/a.ts', 'other.ts'];
    const work = run(`require('fs').writeFileSync('src/a.ts', 'two\\n')`);
    await work.final();
    assert.deepEqual(
      work.log.filter((line) => line.includes('also changed')),
      ['warn #12 also changed src/a.ts'],
    );
  });

  it('works on many tasks of one repository at once', async () => {
    const all = [1, 2, 3, 4].map((number) =>
      run(`require('fs').writeFileSync('n', '${number}')`, {}, { taskId: `T${number}`, number, title: `Task ${number}` }),
    );
    for (const work of all) assert.equal((await work.final()).type, 'result');
    assert.deepEqual(
      all.map(({ evidence }) => /\+(\d)/.exec(evidence[0]?.bytes.toString().split('@@')[2] ?? '')?.[1]),
      ['1', '2', '3', '4'],
    );
    assert.equal(bench.repository.git('fsck', '--no-dangling'), '');
  });
});
