import assert from 'node:assert/strict';
import { readOutput } from '../../../src/server/domain/outputLine';

describe('A line of output', () => {
  const cases: [string, string, ReturnType<typeof readOutput>][] = [
    ['is text of its stream', 'hello', { log: { text: 'hello', level: 'info' } }],
    ['with a level has that level', '{"level":"error","message":"bad"}', { log: { text: 'bad', level: 'error' } }],
    ['may spell warn in full', '{"level":"WARNING","msg":"hm"}', { log: { text: 'hm', level: 'warn' } }],
    ['may name its text `text`', '{"level":"debug","text":"d"}', { log: { text: 'd', level: 'debug' } }],
    ['without text is shown whole', '{"level":"trace","n":1}', { log: { text: '{"level":"trace","n":1}', level: 'trace' } }],
    [
      'with an unknown level is plain text',
      '{"level":"loud","message":"x"}',
      { log: { text: '{"level":"loud","message":"x"}', level: 'info' } },
    ],
    ['with a number as level is plain text', '{"level":30,"msg":"x"}', { log: { text: '{"level":30,"msg":"x"}', level: 'info' } }],
    ['reports progress', '{"progress":0.5,"step":"half\\nway"}', { progress: { progress: 0.5, step: 'half way' } }],
    ['beyond 1 is no progress', '{"progress":50}', { log: { text: '{"progress":50}', level: 'info' } }],
    ['may report and log', '{"progress":1,"level":"info","message":"m"}', { progress: { progress: 1 }, log: { text: 'm', level: 'info' } }],
    ['that only looks like JSON is text', '{not json}', { log: { text: '{not json}', level: 'info' } }],
  ];
  for (const [title, line, read] of cases) it(title, () => assert.deepEqual(readOutput(line, 'info'), read));
});
