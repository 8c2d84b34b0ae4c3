import assert from 'node:assert/strict';
import { execSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { retryAtOf } from '../../../src/server/runner/failureWords';
import { readKimiSession } from '../../../src/server/runner/acp/kimiWire';
import { MessageStream } from '../../../src/server/runner/acp/messageStream';
import { Changes } from '../../../src/server/runner/acp/patch';
import { questionOf, Remembered } from '../../../src/server/runner/acp/permissions';
import { ToolCalls } from '../../../src/server/runner/acp/toolCalls';
import { Transcript } from '../../../src/server/runner/acp/transcript';
import { UsageCount } from '../../../src/server/runner/acp/usageCount';
import { OPTIONS } from '../../support/acpBench';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

describe('ACP driver: its parts', () => {
  afterEach(removeTempFolders);

  it('reads when a limit returns, and nothing that cannot be that time', () => {
    const now = Date.parse('2026-11-23T10:00:00Z');
    assert.equal(retryAtOf('Usage limit, resets at 2026-11-23T12:30:00+01:00.', now), '2026-11-23T11:30:00.000Z');
    assert.equal(retryAtOf('429: retry after 30 seconds', now), '2026-11-23T10:00:30.000Z');
    assert.equal(retryAtOf('Please try again in 1.5h', now), '2026-11-23T11:30:00.000Z');
    for (const words of ['quota exceeded', 'since 2026-11-23T09:00:00Z', 'resets at 2031-01-01T00:00:00Z'])
      assert.equal(retryAtOf(words, now), undefined);
  });

  for (const [where, totalTokens, usage] of [
    ['beside them', 220, { inputTokens: 150, outputTokens: 70, cachedTokens: 50 }],
    ['beside them, but for the cache', 170, { inputTokens: 100, outputTokens: 70, cachedTokens: 50 }],
    ['inside them, but for the cache', 200, { inputTokens: 150, outputTokens: 50, cachedTokens: 50 }],
    ['inside them', 150, { inputTokens: 100, outputTokens: 50, cachedTokens: 50 }],
    ['without a total', undefined, { inputTokens: 100, outputTokens: 50, cachedTokens: 50 }],
  ] as const)
    it(`counts what was thought as output, and the cache as input: ${where}`, () => {
      const count = new UsageCount();
      const rest = { inputTokens: 100, outputTokens: 50, thoughtTokens: 20, cachedReadTokens: 50, cachedWriteTokens: undefined };
      count.addTurn({ totalTokens, ...rest });
      assert.deepEqual(count.total(), usage);
    });

  it('keeps two pieces of one file apart, and leaves out what is too large', async () => {
    const changes = new Changes();
    const take = (toolCallId: string, oldText: string, newText: string): void =>
      changes.take({ toolCallId, content: [{ type: 'diff', path: '/work/a.txt', oldText, newText }], status: undefined });
    take('1', 'one\n', 'ONE\n');
    take('2', 'two\n', 'TWO\n');
    take('3', 'x'.repeat(20 * 1024 * 1024), '');
    const { text, files } = (await changes.patch('/work')) ?? { text: '', files: 0 };
    assert.deepEqual(text.match(/^[-+][^-+].*/gm), ['-one', '+ONE', '-two', '+TWO']);
    assert.deepEqual([files, changes.leftOut], [1, 1]);
    assert.match((await changes.patch('/elsewhere'))?.text ?? '', /^diff --git a\/work\/a.txt b\/work\/a.txt$/m);
  });

  it('compares many large files for about two seconds, and small ones all the same', async () => {
    const changes = new Changes();
    const take = (path: string, oldText: string, newText: string): void =>
      changes.take({ toolCallId: path, content: [{ type: 'diff', path, oldText, newText }], status: undefined });
    const lines = (name: string): string => Array.from({ length: 6_000 }, (_, n) => `${name} ${n}\n`).join('');
    for (let n = 0; n < 20; n++) take(`/work/large${n}`, lines('a'), lines('b'));
    take('/work/small', 'one\ntwo\nthree\n', 'one\nTWO\nthree\n');
    const since = performance.now();
    const { text = '' } = (await changes.patch('/work')) ?? {};
    assert.ok(performance.now() - since < 8_000);
    assert.ok(text.includes('-a 5999\n') && text.endsWith(' one\n-two\n+TWO\n three\n'), text.slice(-200));
  });

  it('shows that a command is longer than can be shown, and never takes a choice for such a one as one for good', () => {
    const calls = new ToolCalls();
    const call = (id: string, command: string) => calls.take({ toolCallId: id, title: 'Run', kind: 'execute', rawInput: { command } });
    const long = call('1', `${'echo '.repeat(1_000)}; rm -rf /`);
    const remembered = new Remembered();
    for (const option of OPTIONS) remembered.learn(long, option);
    assert.equal(remembered.choose(long, OPTIONS), undefined);
    const question = questionOf('1', 'Echo', long, OPTIONS);
    assert.ok(question.text.endsWith('…') && Buffer.byteLength(question.text) < 8 * 1024);
    const short = call('2', 'ls');
    remembered.learn(short, OPTIONS[1] ?? assert.fail());
    assert.equal(remembered.choose(call('3', 'ls'), OPTIONS)?.optionId, 'yes');
    assert.equal(remembered.choose(call('4', 'ls -a'), OPTIONS), undefined);
  });

  it('holds nothing back that is said to an agent, and is lost when that cannot be written', async () => {
    const lines: string[] = [];
    let reject: (error: Error) => void = () => undefined;
    const write = (bytes: Uint8Array): Promise<void> => {
      lines.push(Buffer.from(bytes).toString());
      return new Promise((_, no) => (reject = no));
    };
    const { stream } = new MessageStream({ write, onUpdate: () => undefined, onNoise: () => undefined });
    const writer = stream.writable.getWriter();
    for (const id of [1, 2, 3]) await writer.write({ jsonrpc: '2.0', id, result: {} });
    assert.equal(lines.length, 3);
    reject(new Error('EPIPE'));
    await assert.rejects(stream.readable.getReader().read(), /EPIPE/);
  });

  it('keeps the end of a result that is too long, in whole characters', () => {
    const lines: string[] = [];
    const transcript = new Transcript((_, line) => lines.push(line));
    for (let n = 0; n < 100; n++) transcript.say(`${'é'.repeat(5_000)}${n}\n`);
    const last = transcript.last();
    assert.ok(last.endsWith('é99') && !last.includes('\ufffd'));
    assert.ok(Buffer.byteLength(last) <= 256 * 1024 && Buffer.byteLength(last) > 255 * 1024);
    assert.equal(lines.length, 100);
  });

  it('keeps no control characters of a result, so that it fits into a frame', () => {
    const transcript = new Transcript(() => undefined);
    transcript.say(`one\n${'\u001b'.repeat(256 * 1024 - 10)}two`);
    assert.equal(transcript.last(), 'one\ntwo');
  });

  it('knows nothing of a Kimi session whose records have changed, or are no file, and of one that is not there', async () => {
    const home = tempFolder();
    const folder = join(home, 'sessions', 'wd', 's1', 'agents', 'main');
    mkdirSync(folder, { recursive: true });
    const usage = { inputOther: 1, output: 1, inputCacheRead: 1, inputCacheCreation: 1 };
    const record = (change: object): string => `${JSON.stringify({ type: 'usage.record', usage, usageScope: 'turn', ...change })}\n`;
    writeFileSync(join(folder, 'wire.jsonl'), `not JSON "usage.record"\n${record({})}${record({ usageScope: 'session' })}`);
    assert.deepEqual(await readKimiSession(home, 's1'), { tokens: { inputTokens: 3, outputTokens: 1, cachedTokens: 1 } });
    writeFileSync(join(folder, 'wire.jsonl'), record({}) + record({ usage: { input: 3 } }));
    assert.deepEqual(await readKimiSession(home, 's1'), {});
    for (const trap of ['mkfifo', 'ln -s /dev/zero', 'mkdir']) {
      rmSync(join(folder, 'wire.jsonl'), { recursive: true });
      execSync(`${trap} ${join(folder, 'wire.jsonl')}`);
      assert.deepEqual(await readKimiSession(home, 's1'), {}, trap);
    }
    for (const id of ['s', 's2', '../wd/s1', '..']) assert.deepEqual(await readKimiSession(home, id), {});
  });
});
