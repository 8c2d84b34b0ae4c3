import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { transformSync } from 'esbuild';
import type { Task } from '../../src/server/domain/task';
import { person, TowerBench } from '../support/towerBench';
import { until } from '../support/until';

const start = promisify(execFile);
const REPORTER = resolve('examples/reporters/tasktower.py');
/** What stands for CLAWS.BOT itself in the program of the document. */
const CLAWS = `const task = 'Audit the login page'; const reportPath = 'verification.log'; const trustScore = 1;
  const fails = process.env.FAILS; const checkpoints = [async () => {}, async () => { if (fails) throw new Error('vitest: 2 tests failed'); }];`;

/** A block of docs/claws-bot.md, as a reader would copy it. */
function block(file: string): string {
  const name = file.replaceAll('.', '\\.');
  const [, code] = new RegExp(`^\`\`\`\\w+ file=${name}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(readFileSync('docs/claws-bot.md', 'utf8')) ?? [];
  assert.ok(code, `docs/claws-bot.md has no ${file}`);
  return code;
}

describe('Reporters', () => {
  let bench: TowerBench;
  beforeEach(async () => {
    bench = new TowerBench();
    await bench.start();
  });
  afterEach(() => bench.close());

  const env = (): NodeJS.ProcessEnv => ({ ...process.env, TASKTOWER_URL: bench.url, TASKTOWER_TOKEN: bench.keys.client, NO_PROXY: '*' });
  const run = (program: string, args: string[], more: NodeJS.ProcessEnv = {}): Promise<{ stdout: string; stderr: string }> =>
    start(program, args, { cwd: bench.workspace, env: { ...env(), ...more } });
  /** How a program ended that is expected to fail. */
  const ended = async (
    program: string,
    args: string[],
    more: NodeJS.ProcessEnv = {},
  ): Promise<{ code: number; stdout: string; stderr: string }> =>
    run(program, args, more).then(
      (said) => ({ code: 0, ...said }),
      (error: unknown) => error as { code: number; stdout: string; stderr: string },
    );
  const only = (): Task => {
    const [task] = bench.tower.board.tasks.values();
    assert.ok(task);
    return task;
  };
  const result = async (): Promise<string | undefined> => (await bench.tower.query({ type: 'TaskDetails', taskId: only().id })).results[1];
  const evidence = (): string[] => only().attempts[0]?.evidence.map(({ kind, name }) => `${kind} ${name}`) ?? [];

  describe('the four changes to CLAWS.BOT', () => {
    const write = (): void => {
      const [imports = '', ...rest] = block('claws-cli.ts').split('\n\n');
      const program = `${imports}\n${CLAWS}\n${rest.join('\n\n')}`;
      for (const [name, code] of [
        ['tower', block('tower.ts')],
        ['claws-cli', program],
      ] as const) {
        const js = transformSync(code, { loader: 'ts', format: 'esm' }).code.replace(`"./tower"`, '"./tower.mjs"');
        writeFileSync(join(bench.workspace, `${name}.mjs`), js);
      }
      writeFileSync(join(bench.workspace, 'verification.log'), 'all checks passed\n');
    };

    it('show a run in TypeScript from its start to its result, with the report as proof', async () => {
      write();
      await run(process.execPath, ['claws-cli.mjs']);
      const { title, status, attempts } = only();
      assert.deepEqual([title, status, attempts[0]?.agentId], ['Audit the login page', 'completed', 'claws-bot']);
      assert.deepEqual(evidence(), ['report verification.log']);
      assert.equal(await result(), 'Trust Score: 1.00');
    });

    it('show a run in TypeScript that fails', async () => {
      write();
      assert.equal((await ended(process.execPath, ['claws-cli.mjs'], { FAILS: '1' })).code, 1);
      assert.deepEqual([only().status, only().error?.message], ['failed', 'Error: vitest: 2 tests failed']);
    });

    it('do not disturb a run without a tower', async () => {
      write();
      await bench.stop();
      await run(process.execPath, ['claws-cli.mjs']);
    });

    it('work as four lines of curl', async () => {
      await run('sh', ['-ec', block('claws.sh')]);
      assert.deepEqual([only().title, only().status], ['Audit the login page', 'completed']);
      assert.deepEqual(evidence(), ['report verification.log']);
      assert.equal(await result(), 'Trust Score: 1.00');
    });

    it('report an error with curl', async () => {
      const lines = block('claws.sh').split('\n').slice(0, 3).join('\n');
      await run('sh', ['-ec', `${lines}\n${block('claws-error.sh')}`]);
      assert.deepEqual([only().status, only().error?.message], ['failed', 'vitest: 2 tests failed']);
    });

    it('work in Python', async () => {
      copyFileSync(REPORTER, join(bench.workspace, 'tasktower.py'));
      mkdirSync(join(bench.workspace, 'claws-reports'));
      writeFileSync(join(bench.workspace, 'claws-reports', 'verification-1.log'), 'all checks passed\n');
      await run('python3', ['-c', block('claws.py')]);
      assert.equal(only().status, 'completed');
      assert.deepEqual(evidence(), ['report verification-1.log']);
      assert.equal(await result(), 'Trust Score: 1.00');
    });
  });

  describe('tasktower.py', () => {
    const python = (...args: string[]): ReturnType<typeof ended> => ended('python3', [REPORTER, ...args]);
    const logs = async (): Promise<string[]> =>
      (await bench.tower.query({ type: 'Logs', filter: { taskId: only().id, limit: 5000 } })).map(({ level, text }) => `${level} ${text}`);

    it('reports step by step from a shell', async () => {
      const { stdout } = await python('start', 'From a shell', '--agent', 'CI');
      const task = ['--task', stdout.trim()];
      assert.equal((await python('progress', '40%', 'half', ...task)).code, 0);
      assert.equal(bench.tower.live.tasks.get(only().id)?.progress, 0.4);
      await python('log', 'a line', '--level', 'warn', ...task);
      writeFileSync(join(bench.workspace, 'a.patch'), '--- a\n+++ b\n');
      await python('evidence', 'a.patch', ...task);
      await python('done', 'All well', ...task);
      assert.equal(only().status, 'completed');
      assert.deepEqual(evidence(), ['patch a.patch']);
      assert.ok((await logs()).includes('warn a line'));
      const late = await python('fail', 'too late', ...task);
      assert.deepEqual([late.code, /^tasktower: .+\n$/.test(late.stderr)], [1, true]);
      assert.equal((await python('progress', '2', ...task)).code, 2);
      assert.equal((await python('progress', '0.5')).code, 2);
    });

    it('shows a command as a task, passes its output and exit code on, and goes on without a tower', async () => {
      const script = `echo one; echo two >&2; echo '{"progress":0.5,"step":"half"}'; exit 7`;
      const first = await python('run', '--title', 'My tests', '--', 'sh', '-c', script);
      assert.deepEqual([first.code, first.stdout.split('\n')[0], first.stderr], [7, 'one', 'two\n']);
      assert.deepEqual([only().title, only().status], ['My tests', 'failed']);
      const lines = await logs();
      assert.ok(lines.includes('info one') && lines.includes('warn two'), lines.join('|'));
      await bench.stop();
      const second = await ended('python3', [REPORTER, 'run', '--', 'sh', '-c', 'echo ran'], { TASKTOWER_URL: '', TASKTOWER_TOKEN: '' });
      assert.deepEqual([second.code, second.stdout], [0, 'ran\n']);
      assert.match(second.stderr, /is not shown as a task/);
    });

    it('ends a command that a person cancels', async () => {
      const running = python('run', '--', 'sh', '-c', 'echo begun; sleep 30');
      await until('the command to run', async () => bench.tower.board.tasks.size > 0 && (await logs()).includes('info begun'));
      await bench.tower.execute({ type: 'CancelTask', taskId: only().id }, person);
      assert.equal((await running).code, 143);
      assert.equal(only().status, 'cancelled');
    });

    it('goes on through a restart of the tower and loses and repeats nothing', async () => {
      const script = `i=0; while [ ! -e go ]; do echo "line $i"; i=$((i+1)); sleep 0.01; done`;
      const running = ended('python3', [REPORTER, 'run', '--', 'sh', '-c', script], { TASKTOWER_URL: '', TASKTOWER_TOKEN: '' });
      await until('the first lines', async () => bench.tower.board.tasks.size > 0 && (await logs()).length > 20);
      await bench.stop();
      await bench.start();
      const before = (await logs()).length;
      await until('more lines', async () => (await logs()).length > before);
      writeFileSync(join(bench.workspace, 'go'), '');
      const { code, stdout } = await running;
      assert.equal(code, 0);
      const kept = (await logs()).filter((line) => line.startsWith('info line '));
      assert.deepEqual(
        kept,
        stdout
          .trim()
          .split('\n')
          .map((line) => `info ${line}`),
      );
      assert.equal(only().status, 'completed');
    });

    it('fails a task whose work raises, and cancels one that a person has cancelled', async () => {
      copyFileSync(REPORTER, join(bench.workspace, 'tasktower.py'));
      const raising = `from tasktower import Task\nwith Task("Raises") as task:\n    raise ValueError("no luck")`;
      assert.equal((await ended('python3', ['-c', raising])).code, 1);
      assert.deepEqual([only().status, only().error?.message], ['failed', 'no luck']);
      const looping = `from tasktower import Task\nimport time\nwith Task("Loops") as task:\n    while True:\n        task.progress(0.5)\n        time.sleep(0.05)`;
      const running = ended('python3', ['-c', looping]);
      const id = await until('the task', () => [...bench.tower.board.tasks.values()].find(({ title }) => title === 'Loops')?.id);
      await bench.tower.execute({ type: 'CancelTask', taskId: id }, person);
      assert.equal((await running).code, 0);
      assert.equal(bench.task(id).status, 'cancelled');
    });
  });
});
