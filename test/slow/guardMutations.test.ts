import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundleChanged } from '../support/bundle';
import { GUARD_RULES, type Mutation } from '../support/guardRules';

/** Here node finds what a test leaves out of its bundle. */
const FOLDER = resolve('out', 'mutations');
const EXTERNAL = ['mocha', 'playwright-core', 'axe-core', 'esbuild', 'bufferutil', 'utf-8-validate'];

interface Outcome {
  passed: number;
  failures: string[];
}

/** Runs tests of the guard, with a rule taken away or with all. */
async function run({ test, only }: Pick<Mutation, 'test' | 'only'>, changes: readonly Mutation[]): Promise<Outcome> {
  const path = join(FOLDER, `${test}.test.js`);
  const source = test.startsWith('slow/') ? test : `unit/${test.includes('/') ? test : `gateway/${test}`}`;
  await bundleChanged(`test/${source}.test.ts`, path, EXTERNAL, changes);
  const settings = JSON.stringify({ timeout: 20_000, bail: true, ...(only === undefined ? {} : { grep: only }) });
  // Some rules are missed by what only runs with all tests.
  const env = { ...process.env, TASKTOWER_TEST_ALL: '1' };
  const child = fork('scripts/mochaFile.mjs', [path, settings], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env });
  const result = await Promise.race([
    once(child, 'message') as Promise<[Outcome]>,
    once(child, 'exit').then(([code]): [Outcome] => [{ passed: 0, failures: [`The process ended with ${code}.`] }]),
  ]);
  return result[0];
}

describe('without this rule of the guard a test fails:', () => {
  const caught: string[] = [];
  after(() => {
    console.log(caught.join('\n'));
    rmSync(FOLDER, { recursive: true, force: true });
  });

  for (const mutation of GUARD_RULES)
    it(mutation.what, async function () {
      this.timeout(120_000);
      const { passed, failures } = await run(mutation, [mutation]);
      assert.ok(passed + failures.length > 0, `${mutation.test}: there is no test "${mutation.only}"`);
      assert.ok(failures.length > 0, `${mutation.file}: nothing noticed that this is gone: ${mutation.from}`);
      assert.doesNotMatch(failures.join('\n'), /The process ended|"(before|after) all" hook/, 'a test noticed');
      caught.push(`${mutation.what} → ${failures[0]?.split(': ', 1)[0]}`);
    });

  it('but with all of them none does', async function () {
    this.timeout(900_000);
    const tests = new Map(
      GUARD_RULES.map(({ test, only }) => [`${test} ${only ?? ''}`, { test, ...(only === undefined ? {} : { only }) }]),
    );
    for (const chosen of tests.values()) {
      const { passed, failures } = await run(chosen, []);
      assert.ok(passed > 0, `${chosen.test}: there is no test "${chosen.only}"`);
      assert.deepEqual(failures, []);
    }
  });

  it('and a rule that is not there any more is missed', async () => {
    const gone = { file: 'src/server/gateway/guard.ts', from: 'no such text', to: '' };
    await assert.rejects(bundleChanged('test/unit/gateway/guard.test.ts', join(FOLDER, 'gone.js'), EXTERNAL, [gone]), /0 times, not once/);
    const away = { file: 'src/server/nothing.ts', from: 'x', to: 'y' };
    await assert.rejects(bundleChanged('test/unit/gateway/guard.test.ts', join(FOLDER, 'gone.js'), EXTERNAL, [away]), /is no part of/);
  });
});
