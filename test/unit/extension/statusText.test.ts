import assert from 'node:assert/strict';
import { clock } from '../../../src/server/domain/format';
import { statusText, type TowerState } from '../../../src/extension/statusText';
import { agent, RuleBench } from '../../support/ruleBench';
import { AFTERNOON, MINUTE, sceneOf, SECOND, withoutClock } from '../../support/scene';

type Running = Extract<TowerState, { kind: 'running' }>;
const ADDRESS = { id: 'x', folders: ['/home/me/shop'], url: 'http://127.0.0.1:4000', pid: 4711, epoch: 3, protocol: 1, token: 'secret' };

describe('The status bar', () => {
  let bench: RuleBench;
  beforeEach(() => {
    bench = new RuleBench();
    bench.now = AFTERNOON;
  });

  const show = (state: TowerState): string[] => {
    const { text, tooltip, command, background = 'none' } = statusText(state, bench.now);
    return [withoutClock(text), ...tooltip, `${command} ${background}`];
  };
  const stand = (standing: Running['standing'], isTrusted = true): TowerState => ({
    kind: 'running',
    ...sceneOf(bench),
    standing,
    isTrusted,
  });
  const now = (): string[] => show(stand({ role: 'owner', address: ADDRESS }));

  it('names the window that runs the tower where this one follows it', () => {
    assert.deepEqual(show(stand({ role: 'follower', address: ADDRESS })), [
      ...now().slice(0, -1),
      'Another window on /home/me/shop (process 4711) runs the tower; this one follows it.',
      now().at(-1),
    ]);
  });

  it('names the machine that it listens on, where that is not the one you sit at', () => {
    const { tooltip } = statusText(stand({ role: 'owner', address: ADDRESS }), bench.now, 'buildbox');
    assert.deepEqual(tooltip.at(-1), 'The tower listens on buildbox, at http://127.0.0.1:4000; agents there find it.');
    assert.ok(!statusText({ kind: 'starting' }, bench.now, 'buildbox').tooltip.some((line) => line.includes('buildbox')));
  });

  it('says how the tower stands before and instead of what it does', () => {
    assert.deepEqual(show({ kind: 'starting' }), ['$(loading~spin) Tasktower', 'Reading history...', 'tasktower.focusTasks none']);
    assert.deepEqual(show(stand({ role: 'looking', reason: 'This folder is not trusted.' }, false)), [
      '$(workspace-untrusted) Read-only',
      'This folder is not trusted.',
      'tasktower.manageTrust none',
    ]);
    assert.deepEqual(show(stand({ role: 'reconnecting', address: ADDRESS, since: AFTERNOON })), [
      '$(debug-disconnect) Reconnecting',
      `Showing the board of ${clock(AFTERNOON, AFTERNOON)}. The window that ran the tower is gone or does not answer.`,
      'tasktower.showLog none',
    ]);
    assert.deepEqual(show({ kind: 'down', message: 'The disk is full.' }), [
      '$(error) Tasktower stopped',
      'The disk is full.',
      'tasktower.showLog error',
    ]);
    assert.deepEqual(show(stand({ role: 'looking', reason: 'The journal is damaged.' })), [
      '$(lock) Read-only',
      'The journal is damaged.',
      'tasktower.showLog warning',
    ]);
  });

  it('offers to add an agent while there is none', () => {
    assert.deepEqual(now(), ['$(radio-tower) Tasktower', 'No agent yet. Connect one in five minutes.', 'tasktower.addAgent none']);
    bench.join('Kimi');
    bench.online.clear();
    assert.deepEqual(now(), ['$(radio-tower) Tasktower', 'No agent is connected.', 'tasktower.addAgent none']);
  });

  it('is calm while agents are idle, and counts those that work', () => {
    bench.join('Kimi', { capacity: 2 });
    assert.deepEqual(now(), ['$(radio-tower) 1 idle', 'Nothing needs you. 1 agent idle.', 'tasktower.openDashboard none']);
    bench.join('Browser');
    assert.deepEqual(now().slice(0, 2), ['$(radio-tower) 2 idle', 'Nothing needs you. 2 agents idle.']);
    bench.run(bench.create('Review auth module'), 'kimi');
    bench.create('Next');
    bench.now += 2 * MINUTE + 15 * SECOND;
    assert.deepEqual(now(), [
      '$(radio-tower) 1 busy',
      '1 working, 1 pending. Nothing needs you.',
      '#1 Review auth module · 2m 15s',
      'tasktower.openDashboard none',
    ]);
  });

  it('names what waits for a person before anything else, five at most', () => {
    bench.join('Kimi', { capacity: 9 });
    const ask = (title: string): void => {
      const task = bench.create(title);
      bench.run(task, 'kimi');
      bench.do({ type: 'AskInput', taskId: task.id, attempt: 1, question: { id: 'q', text: 'Go?' } }, agent('kimi'));
    };
    ask('First');
    assert.deepEqual(now(), ['$(bell-dot) 1 needs you', '#1 First: Question: Go? · <1m', 'tasktower.nextNeedsMe none']);
    for (const title of ['B', 'C', 'D', 'E', 'F', 'G']) ask(title);
    bench.run(bench.create('Works'), 'kimi');
    bench.do({ type: 'PauseQueue' });
    const [text, ...rest] = now();
    assert.equal(text, '$(bell-dot) 1 busy · 7 need you');
    assert.deepEqual(rest.slice(4), ['#5 E: Question: Go? · <1m', '2 more', 'tasktower.nextNeedsMe none']);
  });

  it('says that nobody can take what waits, and why', () => {
    bench.create('Draw a logo', { skills: ['drawing'] });
    bench.create('Another');
    assert.deepEqual(now(), [
      '$(radio-tower) 2 pending · no agent',
      '#1 Draw a logo: waits for an agent with skill: drawing.',
      'tasktower.addAgent none',
    ]);
    bench.join('Artist', { skills: ['drawing'] });
    assert.deepEqual(now(), ['$(radio-tower) 2 pending', '#1 Draw a logo: starts next.', 'tasktower.focusTasks none']);
  });

  it('says that the queue is paused, and until when the last task is parked', () => {
    bench.join('Claude');
    const task = bench.create('Summarise open issues');
    bench.run(task, 'claude');
    const spent = { kind: 'limit', message: 'Quota is used up.', retryAt: bench.now + 65 * MINUTE } as const;
    bench.do({ type: 'ReportError', taskId: task.id, attempt: 1, ...spent }, agent('claude'));
    assert.deepEqual(now(), ['$(debug-pause) Parked until HH:MM', '#1 Summarise open issues', 'tasktower.focusTasks none']);
    bench.create('Waits');
    bench.do({ type: 'PauseQueue' });
    assert.deepEqual(now(), [
      '$(debug-pause) Paused · 1 pending',
      'Running tasks go on. Nothing new starts.',
      'tasktower.resumeQueue none',
    ]);
  });
});
