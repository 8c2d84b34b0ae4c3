import { resolve } from 'node:path';
import { nullLog } from '../../src/server/base/log';
import { startTower } from '../../src/server/start';
import { agentTokens } from './agentTokens';

/** A tower in a process of its own, told by its parent when to create tasks. */
export type ToTower = { type: 'burst'; count: number; each: 'tick' | 'burst' };
export type FromTower = { type: 'up'; url: string; tokens: string[] };

const [storage = '', tokens = '0'] = process.argv.slice(2);

async function main(): Promise<void> {
  const { tower, address } = await startTower({
    ...{ storage, folders: [], agents: [], cap: 1000, port: 0, fsync: false, dist: resolve('dist'), log: nullLog },
  });
  const person = { kind: 'person', name: 'you' } as const;
  let made = 0;
  const create = (): Promise<unknown> =>
    tower.execute({ type: 'CreateTask', spec: { title: `Task ${++made}`, prompt: 'Do it.', skills: ['none'] } }, person);
  process.on('message', (message: ToTower) => {
    for (let n = 0; n < message.count; n++) {
      if (message.each === 'burst') void create();
      else setImmediate(() => void create());
    }
  });
  process.send?.({ type: 'up', url: address?.url ?? '', tokens: agentTokens(storage, Number(tokens)) } satisfies FromTower);
}

void main();
