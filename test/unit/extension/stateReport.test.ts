import assert from 'node:assert/strict';
import { stateReport, type ReportFacts } from '../../../src/extension/stateReport';
import { Secrets } from '../../../src/server/domain/secrets';
import { RuleBench } from '../../support/ruleBench';
import { sceneOf } from '../../support/scene';

const TOKEN = `ttp_${'x'.repeat(43)}`;
const ADDRESS = { id: 'x', folders: ['/home/me/shop'], url: 'http://127.0.0.1:4000', pid: 4711, epoch: 3, protocol: 1, token: TOKEN };

describe('The report of the state', () => {
  const facts = (change: Partial<ReportFacts> = {}): ReportFacts => {
    const bench = new RuleBench();
    bench.join('Kimi');
    bench.create('The secret plan', { prompt: 'Take over the bakery' });
    return {
      versions: [['Tasktower', '0.1.0']],
      state: { kind: 'running', ...sceneOf(bench), standing: { role: 'owner', address: ADDRESS }, isTrusted: true },
      settings: { 'tasktower.queue.maxRunning': 7, 'tasktower.agents': [{ name: 'Acme', command: ['acme', '--key', 'hunter2'] }] },
      storage: [['journal', 12_345]],
      logs: [['Log of this window', [`token ${TOKEN}`, 'key letmein-12345', 'in /home/me/shop/src', '/home/me/.config']]],
      paths: [
        ['/home/me/shop', '<folder 1>'],
        ['/home/me', '~'],
      ],
      ...change,
    };
  };
  const report = (change: Partial<ReportFacts> = {}): string => {
    const secrets = new Secrets();
    secrets.know(['letmein-12345']);
    return stateReport(facts(change), secrets);
  };

  it('says what stands where, in counts', () => {
    const text = report();
    for (const line of [
      '- Tasktower: 0.1.0',
      '- State: owner',
      '- Address: http://127.0.0.1:4000, epoch 3, protocol 1',
      '1 pending',
      '- tasktower.queue.maxRunning: 7',
      '- tasktower.agents: set (1 entry)',
      '- journal: 12.3 kB',
    ])
      assert.ok(text.includes(line), `${line} is not in\n${text}`);
  });

  it('holds no token, key, command, title or prompt, and nobody’s folders', () => {
    const text = report();
    for (const word of [TOKEN, 'letmein', 'hunter2', 'Acme', 'secret plan', 'Take over', '/home/me']) assert.ok(!text.includes(word), word);
    assert.match(text, /token \[secret\]\nkey \[secret\]\nin <folder 1>\/src\n~\/\.config/);
  });

  it('says why there is no tower', () => {
    assert.match(report({ state: { kind: 'down', message: 'Port 4000 is taken.' } }), /- State: stopped: Port 4000 is taken\./);
    assert.match(
      report({ state: { kind: 'starting' }, settings: {}, storage: [] }),
      /- State: starting[\s\S]*None\.[\s\S]*Nothing is stored yet\./,
    );
  });

  it('keeps what a log holds inside its fence', () => {
    assert.match(report({ logs: [['Log', ['```', '# a heading']]] }), /````text\n```\n# a heading\n````/);
  });
});
