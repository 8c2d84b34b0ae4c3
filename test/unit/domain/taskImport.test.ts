import assert from 'node:assert/strict';
import { csvText, readCsv } from '../../../src/server/domain/csv';
import { inOrder, readChecklist, readVibeKanban } from '../../../src/server/domain/taskImport';

const HEAD =
  'Issue ID,Title,Description,Status,Priority,Project,Assignee(s),Labels,Creator,Created,Updated,Start Date,Due Date,Completed,Parent Issue';

describe('A checklist', () => {
  it('becomes tasks in its order, with what stands below an item, and knows what is ticked', () => {
    const tasks = readChecklist(
      '# Release\n\n- [x] Freeze\n- [ ] **Write** the notes\n  - since v1\n    - with thanks\n  Keep it short.\n\n* [X] Tag\n3. Publish\n\nThat is all.\n',
    );
    assert.deepEqual(
      tasks.map(({ title, done, prompt }) => [title, done, prompt]),
      [
        ['Freeze', true, 'Freeze'],
        ['Write the notes', false, '**Write** the notes\n\n- since v1\n  - with thanks\nKeep it short.'],
        ['Tag', true, 'Tag'],
        ['Publish', false, 'Publish'],
      ],
    );
  });

  it('may be plain lines, from any system', () => {
    assert.deepEqual(
      readChecklist('Sweep\r\n\r\nBake\r\n').map(({ title }) => title),
      ['Sweep', 'Bake'],
    );
    assert.deepEqual(readChecklist('\n# only a heading\n'), []);
  });

  it('has items under items only where they are further in', () => {
    assert.deepEqual(
      readChecklist('  - a\n\t- b\n  - c').map(({ title }) => title),
      ['a', 'c'],
    );
  });
});

describe('A Vibe Kanban export', () => {
  const issues = [
    HEAD,
    'VK-2,Ship it,"All of it,\nwith ""care""",To do,High,Web,,,Ada,2026-02-02T10:00:00+00:00,2026-02-02T10:00:00+00:00,,,,',
    'VK-1,Build it,,Done,Medium,Web,,,Ada,2026-02-01T10:00:00+00:00,2026-02-03T10:00:00+00:00,,,2026-02-03T10:00:00+00:00,VK-2',
    'VK-3,Later,,Backlog,,Web,,,Ada,2026-02-03T10:00:00+00:00,2026-02-03T10:00:00+00:00,,,,',
    '',
  ].join('\n');

  it('is read with descriptions, priorities, what is done and what blocks what', () => {
    const tasks = readVibeKanban(issues, 'Issue ID,Related Issue ID,Type,Created\nVK-3,VK-2,Blocking,x\nVK-1,VK-2,Related,x\n');
    assert.deepEqual(tasks, [
      { title: 'Build it', prompt: 'Build it\n\nIt is a part of VK-2.', done: true, priority: 'normal', key: 'VK-1', after: [] },
      { title: 'Ship it', prompt: 'Ship it\n\nAll of it,\nwith "care"', done: false, priority: 'high', key: 'VK-2', after: ['VK-3'] },
      { title: 'Later', prompt: 'Later', done: false, key: 'VK-3', after: [] },
    ]);
    assert.deepEqual(
      inOrder(tasks ?? []).map(({ key, after }) => [key, after]),
      [
        ['VK-1', []],
        ['VK-3', []],
        ['VK-2', ['VK-3']],
      ],
    );
  });

  it('is told from any other table', () => {
    assert.equal(readVibeKanban('Name,Created\nx,y\n'), undefined);
    assert.equal(readVibeKanban('- [ ] a checklist'), undefined);
  });

  it('with blockers in a circle still has every task once, and nothing waits for ever', () => {
    const circle = inOrder([
      { title: 'a', prompt: 'a', done: false, key: 'a', after: ['b'] },
      { title: 'b', prompt: 'b', done: false, key: 'b', after: ['a'] },
    ]);
    assert.deepEqual(
      circle.map(({ key, after }) => [key, after]),
      [
        ['b', []],
        ['a', ['b']],
      ],
    );
  });
});

describe('CSV', () => {
  it('is read as it is written', () => {
    const rows = [
      ['a', 'b "quoted"', 'c,d'],
      ['', 'two\nlines', 'end'],
    ];
    assert.deepEqual(readCsv(csvText(rows)), rows);
    assert.deepEqual(readCsv('a,b'), [['a', 'b']]);
    assert.deepEqual(readCsv(''), []);
  });
});
