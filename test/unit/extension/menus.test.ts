import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

interface Item {
  command: string;
  when: string;
  group: string;
}

const { contributes } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  contributes: { menus: { 'view/title': Item[]; 'view/item/context': Item[]; 'webview/context': Item[] } };
};

/** The commands of a row at one place, in their order; `when` is `(view == a || view == b) && viewItem =~ /…/` in all of them. */
function actions(view: string, contextValue: string, inline: boolean): string[] {
  const fits = ({ when, group }: Item): boolean =>
    group.startsWith('inline') === inline &&
    when.split(/ \|\| (?=\(view == tasktower\.\w+ && )/).some((part) => {
      const pattern = /viewItem =~ \/(.*)\//.exec(part)?.[1];
      return part.includes(`view == tasktower.${view}`) && pattern !== undefined && new RegExp(pattern).test(contextValue);
    });
  return contributes.menus['view/item/context']
    .filter(fits)
    .sort((a, b) => a.group.localeCompare(b.group))
    .map(({ command }) => command.replace('tasktower.', ''));
}

/** The menu of a card or an ask of the Dashboard, in its order. */
function cardMenu(section: 'task' | 'agent', contextValue: string): string[] {
  const fits = ({ when }: Item): boolean => {
    const pattern = /viewItem =~ \/(.*)\//.exec(when)?.[1];
    const wanted = /webviewSection == (\w+)/.exec(when)?.[1] ?? section;
    return when.includes('webviewId == tasktower.dashboard') && wanted === section && new RegExp(pattern ?? '$^').test(contextValue);
  };
  return contributes.menus['webview/context']
    .filter(fits)
    .sort((a, b) => a.group.localeCompare(b.group))
    .map(({ command }) => command.replace('tasktower.', ''));
}

describe('The menu of a card', () => {
  const values = [
    ...['task.running;logs;evidence', 'task.input;logs', 'task.review;logs;evidence', 'task.parked;logs', 'task.pending'],
    ...['task.completed;logs;evidence', 'task.completed;logs', 'task.failed;logs', 'task.cancelled'],
  ];
  for (const value of values)
    it(`of ${value} is the menu of its row in the tree`, () => {
      const menu = cardMenu('task', value);
      assert.ok(menu.length > 4, menu.join(' '));
      assert.deepEqual(menu, actions('tasks', value, false));
    });
  for (const value of ['agent.managed.idle', 'agent.managed.error', 'agent.connected.busy'])
    it(`of ${value} is the menu of its row in the tree`, () => assert.deepEqual(cardMenu('agent', value), actions('agents', value, false)));

  it('of what needs a person can dismiss it, as in the tree', () => {
    for (const value of ['ask.failed;task.failed;logs', 'ask.stuck;task.pending']) {
      assert.ok(cardMenu('task', value).includes('dismiss'), value);
      assert.ok(actions('needsYou', value, false).includes('dismiss'), value);
    }
    assert.ok(cardMenu('agent', 'ask.agent;agent.managed').includes('dismiss'));
    assert.ok(!cardMenu('task', 'task.failed;logs').includes('dismiss'));
  });
});

describe('The inline actions of a row', () => {
  const rows: [view: string, contextValue: string, actions: string][] = [
    ['tasks', 'task.running;logs;evidence', 'openEvidence showLogs cancelTask'],
    ['tasks', 'task.running;logs', 'showLogs cancelTask'],
    ['tasks', 'task.input;logs;evidence', 'answerTask showLogs cancelTask'],
    ['tasks', 'task.review;logs;evidence', 'openEvidence acceptTask rejectTask'],
    ['tasks', 'task.parked;logs', 'startNow cancelTask'],
    ['tasks', 'task.pending', 'startNow cancelTask'],
    ['tasks', 'task.completed;logs;evidence', 'openEvidence showLogs'],
    ['tasks', 'task.completed;logs', 'showLogs'],
    ['tasks', 'task.failed;logs;evidence', 'retryTask showLogs'],
    ['tasks', 'task.cancelled', 'retryTask'],
    ['tasks', 'attempt', 'showLogs'],
    ['tasks', 'group.pending', ''],
    ['needsYou', 'ask.input;task.input;logs', 'answerTask showLogs cancelTask'],
    ['needsYou', 'ask.review;task.review;logs;evidence', 'openEvidence acceptTask rejectTask'],
    ['needsYou', 'ask.failed;task.failed;logs;evidence', 'retryTask showLogs dismiss'],
    ['needsYou', 'ask.stuck;task.pending;logs', 'startNow cancelTask dismiss'],
    ['needsYou', 'ask.agent;agent.managed', 'showAgentOutput startAgent dismiss'],
    ['needsYou', 'ask.agent;agent.connected', 'showAgentOutput dismiss'],
    ['needsYou', 'ask.agent;agent.connected.error;broken', 'showAgentOutput startAgent dismiss'],
    ['agents', 'agent.managed.idle', 'showAgentOutput stopAgent'],
    ['agents', 'agent.managed.error', 'showAgentOutput startAgent'],
    ['agents', 'agent.connected.busy', 'showAgentOutput'],
    ['agents', 'agents.offline', ''],
  ];
  for (const [view, contextValue, expected] of rows) {
    it(`${view} ${contextValue} are: ${expected || 'none'}`, () => assert.equal(actions(view, contextValue, true).join(' '), expected));
  }

  it('are in the context menu too', () => {
    for (const [view, contextValue] of rows) {
      const menu = actions(view, contextValue, false);
      // An agent in error among what needs you has three actions, all of them inline.
      if (contextValue.startsWith('ask.agent')) continue;
      for (const action of actions(view, contextValue, true)) assert.ok(menu.includes(action), `${view} ${contextValue}: ${action}`);
    }
  });
});

describe('The menus of a team tower', () => {
  type Role = 'viewer' | 'operator' | 'admin';
  const isFor = (role: Role, { when }: Item): boolean => {
    const [, how, named] = / && tasktower\.role ([!=]=) (\w+)$/.exec(when) ?? [];
    return how === undefined || (how === '==') === (role === named);
  };
  const commands = (role: Role, items: readonly Item[]): Set<string> =>
    new Set(items.filter((item) => isFor(role, item)).map(({ command }) => command.replace('tasktower.', '')));
  const { 'view/title': titles, 'view/item/context': rows, 'webview/context': pages } = contributes.menus;

  it('offer a viewer what changes nothing, and no more', () => {
    const looks = 'showDetails showLogs openResult openEvidence downloadEvidence copyId showAgentOutput searchHistory'.split(' ');
    assert.deepEqual([...commands('viewer', rows)].sort(), looks.sort());
    for (const command of commands('viewer', pages)) assert.ok(looks.includes(command) || command.startsWith('logs.'), command);
    for (const command of ['createTask', 'pauseQueue', 'retryFailed', 'importTasks', 'startAllAgents', 'deleteAllFinished'])
      assert.ok(!commands('viewer', titles).has(command), command);
    assert.ok(commands('viewer', titles).has('openDashboard'));
  });

  it('leave starting and stopping agents to admins', () => {
    const more = [...commands('admin', [...titles, ...rows, ...pages])].filter(
      (one) => !commands('operator', [...titles, ...rows, ...pages]).has(one),
    );
    assert.deepEqual(more.sort(), [
      'approveEachStart',
      'restartAgent',
      'startAgent',
      'startAllAgents',
      'startByItself',
      'stopAgent',
      'stopAllAgents',
    ]);
  });
});
