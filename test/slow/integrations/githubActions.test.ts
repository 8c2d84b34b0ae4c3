import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { AgentConfig } from '../../../src/server/domain/agent';
import { isRunning } from '../../../src/server/gateway/addressFile';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';
import { PNG, Stand } from '../../unit/gateway/stand';
import { ActionsJob, type Given } from './actionsJob';

const EXAMPLES = join('examples', 'github-actions');
const INSTALL = ['Install'];

describe('The recipes for GitHub Actions', () => {
  for (const file of readdirSync(EXAMPLES).filter((name) => name.endsWith('.yml'))) {
    it(`${file} asks for no more than it needs, and puts nothing of a stranger into a script`, () => {
      const { workflow, steps } = new ActionsJob(file, tempFolder(), { inputs: {}, vars: {}, secrets: {} });
      assert.deepEqual(workflow.permissions, { contents: 'read' });
      for (const { name, run = '' } of steps) assert.doesNotMatch(run, /\$\{\{/, name);
      const [install] = steps.filter(({ name }) => INSTALL.includes(name ?? ''));
      assert.match(install?.run ?? '', /^npm install --global "\$TASKTOWER_PACKAGE"/);
      removeTempFolders();
    });
  }

  it('bring an agent that a tower takes', () => {
    const agents = z.array(AgentConfig).parse(JSON.parse(readFileSync(join(EXAMPLES, 'agents.json'), 'utf8')));
    assert.deepEqual(
      agents.map(({ name }) => name),
      ['Claude once'],
    );
  });
});

describe('A run of GitHub Actions', function () {
  // Its steps are for bash.
  before(function () {
    if (process.platform === 'win32') this.skip();
  });
  const isZip = (path: string): boolean => readFileSync(path).subarray(0, 2).toString() === 'PK';

  describe('at the tower of a team', () => {
    let tower: Stand;
    let job: ActionsJob;
    beforeEach(async () => {
      tower = await Stand.open();
      const given: Given = {
        inputs: { title: 'Bake "bread" $(date)', prompt: 'Well.' },
        vars: { TASKTOWER_URL: tower.url },
        secrets: { TASKTOWER_TOKEN: tower.keys.client },
      };
      job = new ActionsJob('team-tower.yml', tempFolder(), given);
    });
    afterEach(async () => {
      await tower.close();
      removeTempFolders();
    });
    const failures = (): string => [...job.ran].map(([name, { code, out }]) => `${name}: ${code}\n${out}`).join('\n');

    it('has a task done, shows its result and keeps its proof', async () => {
      await tower.agent('Baker', {}, async (agent, task) => {
        await tower.fetch(`/api/tasks/${task.taskId}/evidence?kind=screenshot&name=loaf&agent=Baker`, {
          method: 'POST',
          body: PNG,
          headers: { 'content-type': 'image/png' },
        });
        await agent.send(task, { type: 'result', result: 'Two loaves.' });
      });
      await job.run(INSTALL);
      assert.equal(job.status, 'success', failures());
      assert.equal(job.summary, '### #1 Bake "bread" $(date): completed\n\nTwo loaves.\n\n');
      assert.ok(isZip(job.artifact));
      assert.deepEqual([...job.ran.keys()], ['Create the task', 'Wait for its end', 'Fetch its proof']);
    });

    it('fails when the task does, and says why', async () => {
      await tower.agent('Baker', {}, (agent, task) => agent.send(task, { type: 'error', message: 'The oven is cold.' }));
      await job.run(INSTALL);
      assert.equal(job.status, 'failure');
      assert.equal(job.ran.get('Wait for its end')?.code, 4, failures());
      assert.match(job.summary, /: failed\n\nThe oven is cold\.\n/);
      assert.ok(isZip(job.artifact));
    });

    it('cancels the task when it is cancelled itself', async () => {
      await job.run(INSTALL, 'Wait for its end');
      assert.equal(job.ran.get('Cancel the task with the workflow')?.code, 0, failures());
      const [task] = tower.tower.board.tasks.values();
      assert.equal(task?.status, 'cancelled');
    });
  });

  it('starts a tower of its own, whose agent works in the checkout, and stops it', async () => {
    const folder = tempFolder();
    const given: Given = { inputs: { title: 'Write a file', prompt: 'hello' }, vars: {}, secrets: { ANTHROPIC_API_KEY: 'not-a-real-key' } };
    const job = new ActionsJob('own-tower.yml', folder, given);
    mkdirSync(join(job.workspace, '.github'), { recursive: true });
    const program = `require('fs').writeFileSync('made.txt', process.argv[1]); console.log(process.env.ANTHROPIC_API_KEY ? 'with a key' : 'without')`;
    const agents = [{ name: 'Writer', command: [process.execPath, '-e', program, '{prompt}'] }];
    writeFileSync(join(job.workspace, '.github', 'tasktower-agents.json'), JSON.stringify(agents));
    await job.run(INSTALL);
    assert.equal(job.status, 'success', JSON.stringify([...job.ran]));
    assert.equal(readFileSync(join(job.workspace, 'made.txt'), 'utf8'), 'hello');
    assert.match(job.summary, /^### #1 Write a file: completed\n\nwith a key\n/);
    assert.ok(isZip(job.artifact));
    const pid = Number(readFileSync(join(job.temp, 'tower.pid'), 'utf8'));
    await until('the tower to end', () => !isRunning(pid));
    assert.ok(!existsSync(join(job.workspace, 'task.json')), 'nothing of ours lies in the checkout');
    removeTempFolders();
  });
});
