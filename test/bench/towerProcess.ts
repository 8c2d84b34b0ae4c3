import { resolve } from 'node:path';
import { nullLog } from '../../src/server/base/log';
import { startTower } from '../../src/server/start';
import { agentTokens } from './agentTokens';

/** A tower in a process of its own, told by its parent when to create tasks. */
export type ToTower = { type: 'burst'; count: number; each: 'tick' | 'burst' } | { type: 'memory' };
export type FromTower = { type: 'up'; url: string; tokens: string[] };
/** Resident bytes after a collection, more than before the tower was started. */
export type Grown = { grownBy: number };

const [storage = '', tokens = '0'] = process.argv.slice(2);

async function main(): Promise<void> {
  const before = resident();
  const { tower, address } = await startTower({
    ...{ storage, folders: [], agents: [], cap: 1000, port: 0, fsync: false, dist: resolve('dist'), log: nullLog },
  });
  const person = { kind: 'person', name: 'you' } as const;
  let made = 0;
  const create = (): Promise<unknown> =>
    tower.execute({ type: 'CreateTask', spec: { title: `Task ${++made}`, prompt: 'Do it.', skills: ['none'] } }, person);
  process.on('message', (message: ToTower) => {
    if (message.type === 'memory') process.send?.({ grownBy: resident() - before } satisfies Grown);
    else void burst(message.count, message.each === 'tick');
  });
  const burst = async (count: number, apart: boolean): Promise<void> => {
    for (let n = 0; n < count; n++) {
      const created = create();
      if (!apart) continue;
      await created;
      // What was committed is told before this.
      await new Promise((next) => setImmediate(next));
    }
  };
  process.send?.({ type: 'up', url: address?.url ?? '', tokens: agentTokens(storage, Number(tokens)) } satisfies FromTower);
}

function resident(): number {
  global.gc?.();
  return process.memoryUsage().rss;
}

void main();
