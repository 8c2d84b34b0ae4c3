import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { TowerBench } from '../../support/towerBench';
import type { Assigned, SocketAgent } from '../../support/towerClient';
import { until } from '../../support/until';

const ESC = '\u001b';
/** What would act in a terminal, an editor or a page. */
const HOSTILE = [
  `${ESC}[2J${ESC}[1;1Hgone ${ESC}]0;title\u0007 ${ESC}]52;c;cm0=\u0007`,
  `${ESC}]8;;http://evil.test${ESC}\\click${ESC}]8;;${ESC}\\`,
  'user\u202etxt.exe \u2066isolate\u2069 \ufeff\u0000\u009b31m',
  '<img src=x onerror=alert(1)><script>alert(2)</script><a href="command:x">a</a>',
  '","t":"forged"}\n{"at":1,"a":1,"g":"x","l":"error","t":"a line of nobody"}',
  '=HYPERLINK("http://evil.test")\r\n\u2028next',
  '\ud800 half a pair',
];

describe('What agents may write into their log', function () {
  this.timeout(60_000);
  let bench: TowerBench;
  let agent: SocketAgent;
  let task: Assigned;
  before(async () => {
    bench = new TowerBench();
    await bench.start();
    agent = await bench.agent('Careless', (_, assigned) => void (task = assigned));
    await bench.create('Write');
    await until('the assignment', () => task);
  });
  after(() => bench.close());

  const stored = async (text = '', limit = 200): Promise<string[]> => {
    const scope = { taskIds: [task.taskId] };
    const match = text === '' ? {} : { match: { text, regex: false, wholeWord: false, matchCase: true } };
    return (await bench.tower.query({ type: 'LogPage', scope, direction: 'older', limit, ...match })).lines.map((line) => line.text);
  };

  it('is kept as it came, each text one line, whatever it would do where it is shown', async () => {
    await agent.send(task, { type: 'log', lines: HOSTILE.map((text) => ({ text })) });
    assert.deepEqual(await stored(), HOSTILE);
    assert.deepEqual((await stored('nobody')).length, 1);
  });

  it('may be a megabyte in one line, which is found and given whole', async () => {
    const long = `begin ${'x'.repeat(1_000_000)} the end`;
    await agent.send(task, { type: 'log', lines: [{ text: long }] });
    assert.ok((await stored('the end'))[0] === long);
  });

  it('is marked where its bytes are no UTF-8; a socket that sends such is closed, and nothing else suffers', async () => {
    const broken = Buffer.concat([Buffer.from('{"lines":["a '), Buffer.from([0xff, 0xc3, 0x28]), Buffer.from('"]}')]);
    const headers = { authorization: `Bearer ${bench.keys.person}`, 'content-type': 'application/json' };
    await fetch(`${bench.url}/api/tasks/${task.taskId}/logs`, { method: 'POST', headers, body: broken });
    assert.equal((await stored()).at(-1), 'a \ufffd\ufffd(');
    const socket = new WebSocket(`${bench.url.replace('http', 'ws')}/agent`, { headers: { authorization: `Bearer ${bench.keys.client}` } });
    await once(socket, 'open');
    socket.send(broken, { binary: false });
    const [code] = (await once(socket, 'close')) as [number];
    assert.equal(code, 1007);
    await agent.send(task, { type: 'log', lines: [{ text: 'and on' }] });
    assert.equal((await stored()).at(-1), 'and on');
  });
});
