import assert from 'node:assert/strict';
import { statusText, type TowerState } from '../../../src/extension/statusText';
import { agent, RuleBench } from '../../support/ruleBench';
import { AFTERNOON, MINUTE, sceneOf, SECOND, withoutClock } from '../../support/scene';

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
  const now = (): string[] => show({ kind: 'running', ...sceneOf(bench) });

  it('says how the tower stands before and instead of what it does', () => {
    assert.deepEqual(show({ kind: 'starting' }), ['$(loading~spin) Tasktower', 'Reading history...', 'tasktower.focusTasks none']);
    assert.deepEqual(show({ kind: 'untrusted' }), [
      '$(workspace-untrusted) Not trusted',
      'This folder is not trusted: nothing listens and nothing is started.',
      'tasktower.manageTrust none',
    ]);
    assert.deepEqual(show({ kind: 'elsewhere', message: 'In window 2.' }), [
      '$(debug-disconnect) Other window',
      'In window 2.',
      'tasktower.retryStart none',
    ]);
    assert.deepEqual(show({ kind: 'down', message: 'The disk is full.' }), [
      '$(error) Tasktower stopped',
      'The disk is full.',
      'tasktower.showLog error',
    ]);
    assert.deepEqual(show({ kind: 'running', ...sceneOf(bench), readOnly: 'The journal is damaged.' }), [
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
    assert.deepEqual(now(), ['$(radio-tower) 1 idle', 'Nothing needs you. 1 agent idle.', 'tasktower.focusTasks none']);
    bench.join('Browser');
    assert.deepEqual(now().slice(0, 2), ['$(radio-tower) 2 idle', 'Nothing needs you. 2 agents idle.']);
    bench.run(bench.create('Review auth module'), 'kimi');
    bench.create('Next');
    bench.now += 2 * MINUTE + 15 * SECOND;
    assert.deepEqual(now(), [
      '$(radio-tower) 1 busy',
      '1 working, 1 pending. Nothing needs you.',
      '#1 Review auth module · 2m 15s',
      'tasktower.focusTasks none',
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
