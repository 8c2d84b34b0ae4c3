import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { HumanError } from '../../../src/server/base/errors';
import { nullLog } from '../../../src/server/base/log';
import type { TaskOut } from '../../../src/server/protocol/rest';
import { HeadlessTower } from '../../support/headlessTower';
import { person, TowerBench } from '../../support/towerBench';
import { rest } from '../../support/towerClient';
import { until } from '../../support/until';

let bench: TowerBench;

/** Three tasks, the first two done; the tower has stopped. */
async function past(): Promise<string[]> {
  await bench.start();
  const agent = await bench.agent('Worker');
  const ids = [await bench.create('One'), await bench.create('Two')];
  await until('two tasks to be done', () => bench.tower.board.byStatus.completed.size === 2);
  agent.close();
  await until('the agent to be offline', () => bench.tower.live.agents.size === 0);
  ids.push(await bench.create('Three'));
  await bench.stop();
  return ids;
}

/** Title and status of every task, oldest first, as the history has them. */
async function history(): Promise<string[]> {
  const { tasks } = await bench.tower.query({ type: 'Tasks', filter: { order: 'oldest', limit: 100 } });
  return tasks.map(({ title, status }) => `${title} ${status}`);
}

const WHOLE = ['One completed', 'Two completed', 'Three pending'];

/** The file of that folder of the storage with the last name. */
function last(folder: string): string {
  return join(bench.storage, folder, readdirSync(join(bench.storage, folder)).sort().at(-1) ?? '');
}

/** Every file under a folder, with its bytes. */
function contents(folder: string): Map<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  const files = paths.filter((path) => statSync(path).isFile()).sort();
  return new Map(files.map((path) => [relative(folder, path), readFileSync(path, 'latin1')]));
}

/** A new task is done, so the tower works. */
async function works(title: string): Promise<void> {
  await bench.agent('Helper');
  const id = await bench.create(title, { agent: 'Helper' });
  await until(`${title} to be done`, () => bench.task(id).status === 'completed');
}

describe('agents that fall silent', () => {
  const started: Record<'reported' | 'cut' | 'unanswered', string> = { reported: '', cut: '', unanswered: '' };
  let wakeUp: () => void = () => undefined;

  before(async () => {
    bench = new TowerBench();
    // Leases run twice as fast as the time that people wait for a test.
    await bench.start({ clock: { now: () => Date.now(), monotonic: () => performance.now() * 2 } });
    const { url } = bench;
    const body = { title: 'Reported', status: 'running', agent: 'Script', leaseMs: 1000 };
    started.reported = String((await rest(url, bench.keys.client, 'POST', '/api/tasks', body)).body.id);
    const mute = await bench.agent('Mute');
    mute.rpc.onCall = (method) => (method === 'task/assign' ? new Promise((resolve) => (wakeUp = () => resolve({ accepted: true }))) : {});
    started.unanswered = await bench.create('Unanswered');
    await until('the offer', () => bench.task(started.unanswered).attempts[0]?.agentId === 'mute');
    const cut = await bench.agent('Cut', () => undefined);
    started.cut = await bench.create('Cut off', { agent: 'Cut' });
    await until('the work to begin', () => bench.task(started.cut).phase === 'working');
    cut.close();
  });
  after(() => bench.close());

  it('are offline at once when their socket is cut, and keep their attempt for the time of their lease', async () => {
    await until('the agent to be offline', () => !bench.tower.live.agents.has('cut'), 1_000);
    const { body } = await rest(bench.url, bench.keys.client, 'GET', '/api/agents');
    const cut = (body.agents as { name: string; status: string; tasks: number[] }[]).find(({ name }) => name === 'Cut');
    assert.deepEqual([cut?.status, cut?.tasks.length], ['offline', 1]);
    assert.equal(bench.task(started.cut).phase, 'working');
  });

  it('lose what they only report over HTTP when its own lease is over', async () => {
    await until('the end', () => bench.task(started.reported).status === 'failed');
    assert.equal(bench.task(started.reported).error?.kind, 'lost_contact');
  });

  it('decline what they do not answer in 10 s, and another agent gets it', async function () {
    this.timeout(20_000);
    await bench.agent('Other');
    const task = await until(
      'the task to be done',
      () => {
        const now = bench.task(started.unanswered);
        return now.status === 'completed' ? now : undefined;
      },
      15_000,
    );
    assert.deepEqual(
      task.attempts.map(({ agentId, outcome, error }) => [agentId, outcome, error?.kind]),
      [
        ['mute', 'declined', 'declined'],
        ['other', 'completed', undefined],
      ],
    );
    const [declined] = task.attempts;
    assert.ok((declined?.endedAt ?? 0) - (declined?.startedAt ?? 0) >= 9_900);
    // What the mute one says now comes too late.
    wakeUp();
    const next = await bench.create('Next');
    await until('the next task to be done', () => bench.task(next).status === 'completed');
    assert.equal(bench.task(next).attempts[0]?.agentId, 'other', 'the mute one is passed over');
    assert.equal(bench.task(started.unanswered).attempts.length, 2);
  });

  it('lose the attempt when their lease is over, and it is not run again', async function () {
    this.timeout(40_000);
    await until('the end', () => bench.task(started.cut).status === 'failed', 30_000);
    const task = bench.task(started.cut);
    assert.equal(task.error?.kind, 'lost_contact');
    assert.equal(task.error.message, 'Cut lost contact. The attempt ended; nothing is run twice. Retry when it is back.');
    assert.equal(task.attempts.length, 1);
  });
});

describe('a tower in trouble', () => {
  beforeEach(() => (bench = new TowerBench()));
  afterEach(() => bench.close());

  it('says which agents of the settings share a name, and works on', async () => {
    const twins = ['Twin', 'twin'].map((name) => ({ name, command: ['true'] }));
    await bench.start({ agents: twins });
    assert.deepEqual(bench.said, ['Two agents are named "Twin". Give each its own name in tasktower.agents.']);
    await works('After the twins');
  });

  it('works without a workspace folder', async () => {
    await bench.start({ folders: [] });
    assert.deepEqual(bench.running.address?.folders, []);
    await works('Without a folder');
  });

  it('says so when its folder is a file, which stays as it is', async () => {
    writeFileSync(bench.storage, 'precious');
    await assert.rejects(bench.start(), (error: Error) => {
      assert.ok(error instanceof HumanError, error.message);
      assert.match(error.message, /^The storage folder .*storage cannot be made \(.*\)\. Check its permissions, then reload the window\.$/);
      return true;
    });
    assert.equal(readFileSync(bench.storage, 'utf8'), 'precious');
  });

  it('says so when its journal cannot be written, and loses nothing', async () => {
    mkdirSync(bench.storage);
    writeFileSync(join(bench.storage, 'journal'), 'precious');
    await assert.rejects(bench.start(), (error: Error) => {
      assert.ok(error instanceof HumanError, error.stack);
      assert.match(error.message, /journal/);
      return true;
    });
    assert.equal(readFileSync(join(bench.storage, 'journal'), 'utf8'), 'precious');
  });

  it('sets a corrupt history aside and builds it anew', async () => {
    await past();
    const file = join(bench.storage, 'history.sqlite');
    const garbage = Buffer.concat([readFileSync(file).subarray(0, 1000), Buffer.from('garbage')]);
    writeFileSync(file, garbage);
    await bench.start();
    assert.deepEqual(await history(), WHOLE);
    const aside = readdirSync(bench.storage).find((name) => /^history-\d+\.broken\.sqlite$/.test(name)) ?? '';
    assert.deepEqual(readFileSync(join(bench.storage, aside)), garbage);
    assert.ok(
      bench.said.some((line) => line.includes(aside)),
      bench.said.join('\n'),
    );
    await works('Four');
  });

  it('reads the checkpoint before a corrupt one', async () => {
    await past();
    await bench.start();
    await bench.create('Four');
    await bench.stop();
    writeFileSync(last('checkpoints'), readFileSync(last('checkpoints'), 'utf8').replace('One', 'Owe'));
    await bench.start();
    assert.deepEqual(
      [...bench.tower.board.tasks.values()].map(({ title, status }) => `${title} ${status}`),
      [...WHOLE, 'Four pending'],
    );
    assert.deepEqual(await history(), [...WHOLE, 'Four pending']);
    assert.ok(
      bench.said.some((line) => /The checkpoint .* cannot be read \(its checksum does not match\)/.test(line)),
      bench.said.join('\n'),
    );
    await works('Five');
  });

  it('drops a last record that was cut off, everywhere, and keeps what came before', async () => {
    const [, , third = ''] = await past();
    // As after a crash: there is no checkpoint of the end, and the disk has lost the last bytes.
    rmSync(join(bench.storage, 'checkpoints'), { recursive: true });
    const journal = last('journal');
    const text = readFileSync(journal, 'utf8');
    const end = text.indexOf('\n', text.indexOf('"title":"Three"')) + 1;
    assert.ok(end > 1, text);
    truncateSync(journal, Buffer.byteLength(text.slice(0, end)) - 20);
    await bench.start();
    assert.ok(
      bench.said.some((line) => line.includes('ended in a part of a line')),
      bench.said.join('\n'),
    );
    assert.deepEqual(await history(), WHOLE.slice(0, 2));
    await assert.rejects(bench.tower.query({ type: 'TaskDetails', taskId: third }), /There is no task/);
    const again = await bench.create('Three again');
    assert.equal(bench.task(again).number, 3);
    await bench.stop();
    await bench.start();
    assert.deepEqual(await history(), [...WHOLE.slice(0, 2), 'Three again pending']);
  });

  it('opens read-only what a newer version wrote, says so, and writes nothing', async () => {
    const [first = ''] = await past();
    // Work that was due: the last task runs, and after it the queue was to pause.
    await bench.start();
    await bench.agent('Worker', () => undefined);
    await until('the last task to run', () => bench.tower.board.byStatus.running.size === 1);
    await bench.tower.execute({ type: 'PauseQueue', when: 'afterCurrent' }, person);
    await bench.stop();
    const journal = last('journal');
    const { seq, ...others } = JSON.parse(readFileSync(journal, 'utf8').trimEnd().split('\n').at(-1) ?? '') as { seq: number };
    appendFileSync(journal, `${JSON.stringify({ ...others, v: 99, seq: seq + 1 })}\n`);
    const before = contents(bench.storage);
    const { readOnly, tower } = await bench.start({ agents: [{ name: 'Managed', command: ['true'] }] });
    assert.match(String(readOnly), /version 99.*A newer version of Tasktower wrote here\. Update the extension/);
    assert.deepEqual(await history(), [...WHOLE.slice(0, 2), 'Three running']);
    assert.equal((await tower.query({ type: 'TaskDetails', taskId: first })).results[1], 'Done.');
    await assert.rejects(tower.execute({ type: 'CreateTask', spec: { title: 'New' } }, person), { message: String(readOnly) });
    assert.equal(bench.running.address, undefined, 'nothing listens, so that whoever may write is found');
    await bench.stop();
    assert.deepEqual(contents(bench.storage), before);
    assert.equal(bench.said.length, 1, bench.said.join('\n'));
  });

  it('notices that it has lost its folder also after a look at its keys that failed', async () => {
    const looked: string[] = [];
    const { address, onDidLose } = await bench.start({ log: { ...nullLog, debug: (message) => void looked.push(message) } });
    let isLost = false;
    onDidLose(() => (isLost = true));
    const keys = join(bench.storage, 'keys.json');
    renameSync(keys, `${keys}.away`);
    mkdirSync(keys);
    await until('a look that fails', () => looked.some((message) => message.includes('EISDIR')));
    rmSync(keys, { recursive: true });
    renameSync(`${keys}.away`, keys);
    writeFileSync(join(bench.storage, 'journal', `${String((address?.epoch ?? 0) + 1).padStart(8, '0')}.ndjson`), '');
    await until('the loss to be noticed', () => isLost);
  });

  it('says so when its pinned port is taken, and gives the folder free', async () => {
    await bench.start();
    const port = Number(new URL(bench.url).port);
    const storage = join(bench.home, 'other');
    await assert.rejects(bench.start({ storage, port }), {
      message: `Port ${port} is taken by another program. Set tasktower.server.port to 0 to let Tasktower choose.`,
    });
    const { tower } = await bench.start({ storage });
    assert.equal((await tower.execute({ type: 'CreateTask', spec: { title: 'New' } }, person)).seq, tower.board.seq);
  });
});

describe('a managed agent in trouble', () => {
  let tower: HeadlessTower | undefined;
  beforeEach(() => (bench = new TowerBench()));
  afterEach(async function () {
    this.timeout(20_000);
    await tower?.close();
    await bench.close();
  });

  it('without its program fails its task with the setting to look at; without a workspace another works in the storage folder', async function () {
    this.timeout(20_000);
    const here = { name: 'Here', command: [process.execPath, '-e', 'console.log(process.cwd())'] };
    tower = await HeadlessTower.start(bench.home, [{ name: 'Broken', command: ['no-such-program'] }, here], 4, []);
    const there = tower;
    const ended = async (title: string, agent: string): Promise<TaskOut> => {
      const { body } = await there.ask('POST', '/api/tasks', { title, agent });
      return until(`${title} to end`, async () => {
        const task = (await there.ask('GET', `/api/tasks/${String(body.id)}`)).body as TaskOut;
        return task.status === 'failed' || task.status === 'completed' ? task : undefined;
      });
    };
    const broken = await ended('Broken', 'Broken');
    assert.deepEqual(broken.error, {
      kind: 'spawn_failed',
      message: 'Broken could not be started: command "no-such-program" was not found. Check tasktower.agents in settings.',
    });
    const works = await ended('Works', 'Here');
    assert.deepEqual([works.status, works.result?.trim()], ['completed', tower.storage]);
  });
});
