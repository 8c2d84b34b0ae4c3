import assert from 'node:assert/strict';
import type { Question } from '../../../src/server/domain/task';
import type { InputResult } from '../../../src/server/protocol/agent';
import { AcpBench, OPTIONS } from '../../support/acpBench';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

describe('ACP driver: permissions', () => {
  let bench: AcpBench;
  beforeEach(() => (bench = new AcpBench(tempFolder())));
  afterEach(removeTempFolders);

  it('asks a person for permission and gives the agent their answer', async () => {
    const ask = {
      toolCallId: 'call-7',
      title: '<script>alert(1)</script> rm\u202e',
      kind: 'execute',
      rawInput: { command: 'rm -rf build' },
    };
    const work = bench.run([{ ask, options: OPTIONS }], { answer: ({ options }) => ({ answer: 'Reject', optionId: options[2]?.id }) });
    assert.deepEqual(await bench.ended(work), { type: 'result', result: 'answer: no' });
    const [question] = work.questions;
    assert.equal(question?.text, 'Echo asks to run: ‹script>alert(1)‹/script> rm\nKind: execute\nrm -rf build');
    assert.deepEqual(
      question?.options.map(({ label }) => label),
      ['Allow', 'Always allow', 'Reject'],
    );
    assert.match(question?.id ?? '', /call-7/);
  });

  it('shows what an agent wants to run though it tells it only in a text, and does not take one command for another', async () => {
    const text = (words: string): object => ({ type: 'content', content: { type: 'text', text: words } });
    const steps = ['ls', 'rm -rf /'].flatMap((command, n) => [
      {
        update: {
          sessionUpdate: 'tool_call',
          toolCallId: `${n}`,
          title: 'Bash',
          kind: 'execute',
          content: [text(JSON.stringify({ command }))],
        },
      },
      { ask: { toolCallId: `${n}`, title: 'Bash', content: [text(`Requesting approval to Running: ${command}`)] }, options: OPTIONS },
    ]);
    const work = bench.run(steps, { answer: ({ options }) => ({ answer: '', optionId: options[1]?.id }) });
    await bench.ended(work);
    assert.deepEqual(
      work.questions.map((question) => question.text),
      ['ls', 'rm -rf /'].map((command) => `Echo asks to run: Bash\nKind: execute\n${command}`),
    );
  });

  it('takes an answer in words for the option of that name, and any other as none', async () => {
    const answers = ['always ALLOW', 'maybe'];
    const ask = (id: string): object => ({ ask: { toolCallId: id, title: id }, options: OPTIONS });
    const work = bench.run([ask('a'), ask('b')], { answer: () => ({ answer: answers.shift() ?? '' }) });
    assert.deepEqual(await bench.ended(work), { type: 'result', result: 'answer: cancelled' });
    assert.ok(work.log.includes('info answer: always'));
  });

  it('asks one question at a time, and not again what was answered for good', async () => {
    const call = (toolCallId: string, command: string): object => ({ toolCallId, title: 'Run', kind: 'execute', rawInput: { command } });
    let open = 0;
    const work = bench.run([{ ask: [call('a', 'ls'), call('b', 'ls'), call('c', 'rm -rf /')], options: OPTIONS }], {
      answer: async ({ options, text }) => {
        assert.equal(open++, 0);
        await new Promise((next) => setImmediate(next));
        open--;
        return { answer: '', optionId: options[text.includes('rm') ? 2 : 1]?.id };
      },
    });
    await bench.ended(work);
    assert.deepEqual(work.questions.length, 2);
    assert.deepEqual(
      work.log.filter((line) => line.includes('answer:')),
      ['info answer: always', 'info answer: yes', 'info answer: no'],
    );
  });

  it('lets through the tools of the tower itself, and nothing that only looks like them', async () => {
    const own = [
      { toolCallId: '1', title: 'x', name: 'mcp__tasktower__report_progress' },
      { toolCallId: 'mcp__tasktower__append_log', title: 'y' },
    ];
    const others = [
      { toolCallId: '2', title: 'mcp__tasktower__report_progress' },
      { toolCallId: 'mcp__tasktower__append_log', title: 'z', name: 'bash' },
      { toolCallId: '3', title: 'z', name: 'mcp__tasktower__x; rm -rf /' },
    ];
    const answer = ({ options }: Question): InputResult => ({ answer: '', optionId: options[2]?.id });
    const how = { capabilities: { mcpCapabilities: { http: true } } };
    const work = bench.run([{ ask: [...own, ...others], options: OPTIONS }], { how, answer });
    await bench.ended(work);
    assert.equal(work.questions.length, 3);
    assert.deepEqual(
      work.log.filter((line) => line.includes('answer:')),
      ['yes', 'yes', 'no', 'no', 'no'].map((id) => `info answer: ${id}`),
    );
    const elsewhere = bench.run([{ ask: own[0], options: OPTIONS }], { answer });
    await bench.ended(elsewhere);
    assert.equal(elsewhere.questions.length, 1);
  });
});
