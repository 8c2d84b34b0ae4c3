import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemberTower } from '../support/memberTower';
import { RedisServer } from '../support/redisServer';
import { removeTempFolders, tempFolder } from '../support/tempFolder';
import { until } from '../support/until';

describe('agents that the towers of a queue start', function () {
  this.timeout(180_000);
  let home: string;
  let redis: RedisServer;
  let towers: MemberTower[];
  /** What was done, a line each time that the agent's command ran. */
  let done: string;

  before(async () => {
    home = tempFolder();
    done = join(home, 'done.txt');
    const agents = join(home, 'agents.json');
    const long = `if (process.argv[1] === 'long') { fs.writeFileSync(${JSON.stringify(pidFile())}, String(process.pid)); setInterval(() => {}, 1000); }`;
    const script = `const fs = require('node:fs'); ${long} else fs.appendFileSync(${JSON.stringify(done)}, process.argv[1] + '\\n');`;
    writeFileSync(agents, JSON.stringify([{ name: 'Clerk', command: [process.execPath, '-e', script, '{title}'], capacity: 2 }]));
    redis = await RedisServer.start(join(home, 'redis'));
    const more = ['--agents', agents];
    towers = [await MemberTower.start('north', home, redis.url, 10, more), await MemberTower.start('south', home, redis.url, 10, more)];
  });
  after(async () => {
    await Promise.all(towers.map((tower) => tower.stop()));
    await redis.stop();
    removeTempFolders();
  });

  /** Where a piece of work that does not end says which process it is. */
  const pidFile = (): string => join(home, 'pid');
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  const completed = async (tower: MemberTower, titles: readonly string[]): Promise<void> => {
    const ids = await Promise.all(
      titles.map(async (title) => {
        const { status, body } = await tower.ask('POST', '/api/tasks', { title, agent: 'Clerk' });
        assert.equal(status, 201, JSON.stringify(body));
        return String(body.id);
      }),
    );
    for (const id of ids)
      await until(`${id} to be completed`, async () => (await tower.ask('GET', `/api/tasks/${id}`)).body.status === 'completed', 60_000);
  };
  const lines = (): string[] => (existsSync(done) ? readFileSync(done, 'utf8').trim().split('\n').sort() : []);
  const hostOf = async (tower: MemberTower): Promise<string | undefined> =>
    (await tower.board()).agents.find(({ id }) => id === 'clerk')?.tower;

  it('are started by one of them, whichever was asked for the work, and nothing is done twice', async () => {
    await Promise.all(
      towers.map((tower) =>
        completed(
          tower,
          [1, 2, 3].map((n) => `${tower.name} ${n}`),
        ),
      ),
    );
    assert.deepEqual(lines(), ['north 1', 'north 2', 'north 3', 'south 1', 'south 2', 'south 3']);
    const [north, south] = await Promise.all(towers.map(hostOf));
    assert.ok(north !== undefined && north === south, 'both say which one it is');
  });

  it('are started by another one when that one dies, and stay there when it comes back', async () => {
    const [north, south] = towers as [MemberTower, MemberTower];
    const [dead, alive] = (await hostOf(north)) === 'north' ? [north, south] : [south, north];
    const { body } = await alive.ask('POST', '/api/tasks', { title: 'long', agent: 'Clerk', limits: { attempts: 1 } });
    const pid = Number(await until('the long work', () => existsSync(pidFile()) && readFileSync(pidFile(), 'utf8'), 30_000));
    assert.ok(isAlive(pid));
    await dead.kill();
    const lost = async (): Promise<boolean> => (await alive.ask('GET', `/api/tasks/${String(body.id)}`)).body.status === 'failed';
    await until('what it was at to be lost', lost, 60_000);
    assert.ok(!isAlive(pid), 'it had ended before that was said');
    await completed(alive, ['after a death']);
    assert.equal(await hostOf(alive), alive.name);
    await dead.restart();
    await completed(dead, ['after its return']);
    assert.equal(await hostOf(dead), alive.name);
    assert.equal(lines().length, 8);
    assert.equal(new Set(lines()).size, 8);
  });
});
