import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { LogMatch, LogScope, PlacedLine } from '../../../src/server/domain/logQuery';
import type { LogLevel } from '../../../src/server/domain/report';
import { FolderLogStore } from '../../../src/server/store/logs';
import { nodeFiles } from '../../../src/server/store/files';
import { FolderLogReader } from '../../../src/server/store/logs/logReader';
import { pseudoRandom } from '../../support/pseudoRandom';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

const A = '01HZZZZZZZZZZZZZZZZZZZZZZA';
const B = '01HZZZZZZZZZZZZZZZZZZZZZZB';
const C = '01HZZZZZZZZZZZZZZZZZZZZZZC';

describe('Reading the log of all tasks', () => {
  let dir: string;
  let store: FolderLogStore;
  let reader: FolderLogReader;
  /** All that was stored, in order. */
  let all: PlacedLine[];

  beforeEach(() => {
    dir = tempFolder();
    store = new FolderLogStore(dir, nodeFiles, { segmentBytes: 8 * 1024, segments: 1000 });
    reader = new FolderLogReader(dir, resolve('dist'));
    all = [];
  });
  afterEach(async () => {
    reader.dispose();
    await store.dispose();
    removeTempFolders();
  });

  const put = async (taskId: string, at: number, text: string, level: LogLevel = 'info', agent = 'kimi', attempt = 1): Promise<void> => {
    const [line] = await store.append(taskId, attempt, agent, [{ at, level, text }]);
    if (line) all.push(line);
    all.sort((a, b) => a.at - b.at || (a.place < b.place ? -1 : 1));
  };
  /** Lines of three tasks, mixed in time, over many segments. */
  const fill = async (count: number): Promise<void> => {
    const random = pseudoRandom(3);
    for (let n = 0; n < count; n++)
      await put(
        [A, B, C][random(3)] ?? A,
        1000 + n,
        `line ${n} ${'x'.repeat(random(60))}`,
        n % 50 === 0 ? 'error' : 'info',
        n % 3 ? 'kimi' : 'codex',
      );
  };
  const texts = (lines: readonly { text: string }[]): string[] => lines.map(({ text }) => text);
  const find = (match: Partial<LogMatch> & { text: string }, scope: LogScope = {}, limit = 1000, stopEarly = false) =>
    reader.search(scope, { regex: false, wholeWord: false, matchCase: false, ...match }, limit, stopEarly);
  const found = async (match: Partial<LogMatch> & { text: string }, scope: LogScope = {}): Promise<string[]> => {
    const { hits, total } = await find(match, scope);
    assert.equal(hits.length, total);
    return hits.map(({ place }) => all.find((line) => line.place === place)?.text ?? `? ${place}`);
  };

  it('gives page after page, in order and without gap or repetition, from the end and from the beginning', async () => {
    await fill(900);
    for (const direction of ['older', 'newer'] as const) {
      const seen: PlacedLine[] = [];
      for (let place: string | undefined, more = true; more;) {
        const page = await reader.page({ scope: {}, direction, place, limit: 70 });
        assert.deepEqual(
          [...page.lines].sort((a, b) => a.at - b.at),
          page.lines,
        );
        if (direction === 'older') seen.unshift(...page.lines);
        else seen.push(...page.lines);
        more = direction === 'older' ? page.hasOlder : page.hasNewer;
        place = direction === 'older' ? page.lines[0]?.place : page.lines.at(-1)?.place;
      }
      assert.deepEqual(texts(seen), texts(all), direction);
      assert.deepEqual(
        seen.map(({ place }) => place),
        all.map(({ place }) => place),
      );
    }
  });

  it('gives long lines a few at a time, in all ways, and none is left out', async () => {
    for (let n = 0; n < 40; n++) await put([A, B, C][n % 3] ?? A, 1000 + n, n % 4 === 1 ? `long ${n} ${'x'.repeat(3_000)}` : `line ${n}`);
    const few = new FolderLogReader(dir, resolve('dist'), 7_000);
    const name = ({ text }: { text: string }): string => text.slice(0, 7).trim();
    for (const match of [undefined, { text: 'n', regex: false, wholeWord: false, matchCase: true }])
      for (const direction of ['older', 'newer'] as const) {
        const seen: string[] = [];
        let place: string | undefined;
        for (let pages = 0, more = true; more; pages++) {
          const page = await few.page({ scope: {}, direction, place, limit: 500, ...(match ? { match } : {}) });
          assert.ok(page.lines.length > 0 && pages < 40);
          if (!match) assert.ok(page.lines.reduce((sum, { text }) => sum + text.length, 0) < 7_000 && page.lines.length < 20);
          if (direction === 'older') seen.unshift(...page.lines.map(name));
          else seen.push(...page.lines.map(name));
          more = direction === 'older' ? page.hasOlder : page.hasNewer;
          place = direction === 'older' ? page.lines[0]?.place : page.lines.at(-1)?.place;
        }
        assert.deepEqual(seen, all.map(name), `${direction} ${match?.text}`);
      }
    few.dispose();
  });

  it('gives a line of a megabyte whole, of whatever characters', async () => {
    const long = `begin ${'\u0001é'.repeat(300_000)} end`;
    for (const text of ['before', long, 'after']) await put(A, 1000 + all.length, text);
    const place = all[1]?.place;
    const around = await reader.page({ scope: { taskIds: [A] }, direction: 'around', place, limit: 2 });
    assert.ok(around.lines.find((line) => line.place === place)?.text === long);
    assert.deepEqual((await find({ text: 'é end' })).total, 1);
  });

  it('gives what stands around a place, and says what there is beyond', async () => {
    await fill(300);
    const middle = all[150];
    const page = await reader.page({ scope: {}, direction: 'around', place: middle?.place, limit: 10 });
    assert.deepEqual(texts(page.lines), texts(all.slice(145, 155)));
    assert.deepEqual([page.hasOlder, page.hasNewer], [true, true]);
    const end = await reader.page({ scope: {}, direction: 'newer', place: all.at(-1)?.place, limit: 10 });
    assert.deepEqual([end.lines.length, end.hasNewer], [0, false]);
  });

  it('takes only what is in the scope: tasks, agents, levels and times', async () => {
    await fill(300);
    const page = async (scope: LogScope): Promise<string[]> => texts((await reader.page({ scope, direction: 'older', limit: 2000 })).lines);
    const expect = (test: (line: PlacedLine) => boolean): string[] => texts(all.filter(test));
    assert.deepEqual(
      await page({ taskIds: [B] }),
      expect(({ taskId }) => taskId === B),
    );
    assert.deepEqual(
      await page({ agents: ['codex'] }),
      expect(({ agentId }) => agentId === 'codex'),
    );
    assert.deepEqual(
      await page({ level: 'error' }),
      expect(({ level }) => level === 'error'),
    );
    assert.deepEqual(
      await page({ only: 'info' }),
      expect(({ level }) => level === 'info'),
    );
    assert.deepEqual(
      await page({ from: 1100, to: 1150 }),
      expect(({ at }) => at >= 1100 && at < 1150),
    );
    assert.deepEqual(await page({ taskIds: [A], attempt: 2 }), []);
  });

  it('opens nothing of another task when it is asked for one', async () => {
    await put(A, 1000, 'mine');
    const folder = join(dir, 'tasks', B, 'log');
    mkdirSync(folder, { recursive: true });
    // Whoever opens a pipe that nobody writes to waits for ever.
    execFileSync('mkfifo', [join(folder, '1.ndjson')]);
    const scope = { taskIds: [A] };
    assert.deepEqual(texts((await reader.page({ scope, direction: 'older', limit: 10 })).lines), ['mine']);
    assert.equal((await find({ text: 'mine' }, scope)).total, 1);
    let exported = '';
    const names = { agent: (id: string) => id, task: async () => ({ number: 1, title: 'Task' }) };
    for await (const chunk of reader.export({ scope, format: 'ndjson' }, names)) exported += Buffer.from(chunk).toString();
    assert.equal((JSON.parse(exported) as { text: string }).text, 'mine');
  });

  it('finds text wherever it stands, whatever JSON makes of it', async () => {
    const hard = [
      'say "hello"',
      'C:\\temp\\new',
      'a\tb',
      'naïve Straße ÇA',
      '日本語のログ',
      '\u001b[31mred\u001b[0m',
      'K is Kelvin',
      'emoji 👩‍💻 here',
    ];
    for (const [n, text] of hard.entries()) await put(A, 1000 + n, text);
    await put(A, 2000, 'a plain line with info', 'info');
    await put(B, 2001, 'n alone', 'warn', 'info');
    assert.deepEqual(await found({ text: '"hello"' }), [hard[0]]);
    assert.deepEqual(await found({ text: '\\new' }), [hard[1]]);
    assert.deepEqual(await found({ text: 'a\tb' }), [hard[2]]);
    assert.deepEqual(await found({ text: 'ça' }), [hard[3]]);
    assert.deepEqual(await found({ text: 'ça', matchCase: true }), []);
    assert.deepEqual(await found({ text: 'straße' }), [hard[3]]);
    assert.deepEqual(await found({ text: '日本語' }), [hard[4]]);
    assert.deepEqual(await found({ text: 'u001b' }), []);
    assert.deepEqual(await found({ text: '001b' }), []);
    assert.deepEqual(await found({ text: '[31mred' }), [hard[5]]);
    assert.deepEqual(await found({ text: 'kelvin' }), [hard[6]]);
    assert.deepEqual(await found({ text: '👩‍💻' }), [hard[7]]);
    // Names of fields, levels and agents are no text; `n` stands in the escape of no newline.
    assert.deepEqual(await found({ text: 'info' }), ['a plain line with info']);
    assert.deepEqual(await found({ text: '"t"' }), []);
    assert.deepEqual(await found({ text: '"q":' }), []);
  });

  it('takes what looks like an expression as text, with and without case', async () => {
    const text = 'price[0-9]+ (a|b)* $1.50/^{2} ?-\\d';
    await put(A, 1, `Here ${text} ends`);
    await put(A, 2, 'Here price7 aab 1x50 ends');
    for (const matchCase of [true, false]) assert.equal((await found({ text, matchCase })).length, 1);
    assert.equal((await found({ text: text.toUpperCase() })).length, 1);
    assert.deepEqual(await found({ text: text.toUpperCase(), matchCase: true }), []);
    for (const sign of ['(a|b)*', '[0-9]+', '.50', '^{2}', '?-']) assert.equal((await found({ text: sign })).length, 1, sign);
  });

  it('finds whole words and expressions, with and without case', async () => {
    for (const [n, text] of ['Error here', 'errors', 'ERROR', 'terror', 'no'].entries()) await put(A, 1000 + n, text);
    assert.deepEqual(await found({ text: 'error' }), ['Error here', 'errors', 'ERROR', 'terror']);
    assert.deepEqual(await found({ text: 'error', wholeWord: true }), ['Error here', 'ERROR']);
    assert.deepEqual(await found({ text: 'error', wholeWord: true, matchCase: true }), []);
    assert.deepEqual(await found({ text: '^err?or[s]?$', regex: true }), ['errors', 'ERROR']);
    assert.deepEqual(await found({ text: '\\d', regex: true }), []);
    await assert.rejects(find({ text: '(', regex: true }), /This is no regular expression: .*(nterminated|missing)/i);
  });

  it('counts all hits and keeps the newest, or stops early', async () => {
    await fill(900);
    const { hits, total, isComplete } = await find({ text: 'line' }, {}, 10);
    assert.deepEqual([hits.length, total, isComplete], [10, 900, true]);
    assert.deepEqual(
      hits.map(({ place }) => place),
      all.slice(-10).map(({ place }) => place),
    );
    const early = await find({ text: 'line' }, {}, 5, true);
    assert.deepEqual(
      early.hits.map(({ place }) => place),
      all.slice(-5).map(({ place }) => place),
    );
    assert.equal(early.isComplete, false);
  });

  it('finds the same as a naive search of every line, whatever is looked for', async () => {
    const random = pseudoRandom(11);
    const words = ['alpha', 'Beta', 'gamma"', 'de\\lta', 'ε', 'ski', 'K', '\n', '  ', '{"t":"x"}', 'q":1}'];
    for (let n = 0; n < 400; n++)
      await put(
        [A, B][random(2)] ?? A,
        1000 + n,
        Array.from({ length: 1 + random(5) }, () => words[random(words.length)]).join(random(2) ? ' ' : ''),
      );
    for (const text of [...words, 'a', 'k', 's', 'lta', '"', '\\', ' K', 'x"}', 'n', 't'])
      for (const matchCase of [true, false]) {
        const hasIt = (line: string): boolean =>
          matchCase ? line.includes(text) : new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'iu').test(line);
        assert.deepEqual(await found({ text, matchCase }), texts(all).filter(hasIt), `${JSON.stringify(text)} ${matchCase}`);
      }
  });

  it('pages through lines that match, in both directions', async () => {
    await fill(600);
    const match = { text: 'line 1', regex: false, wholeWord: false, matchCase: false };
    const expected = texts(all).filter((text) => text.includes('line 1'));
    for (const direction of ['older', 'newer'] as const) {
      const seen: string[] = [];
      for (let place: string | undefined, more = true; more;) {
        const page = await reader.page({ scope: {}, match, direction, place, limit: 25 });
        if (direction === 'older') seen.unshift(...texts(page.lines));
        else seen.push(...texts(page.lines));
        more = direction === 'older' ? page.hasOlder : page.hasNewer;
        place = direction === 'older' ? page.lines[0]?.place : page.lines.at(-1)?.place;
      }
      assert.deepEqual(seen, expected, direction);
    }
  });

  it('ends an expression that takes for ever, in a search and in an export, and goes on with the next search', async function () {
    this.timeout(60_000);
    await put(A, 1000, `${'a'.repeat(40)}!`);
    const match = { text: '^(a+)+$', regex: true, wholeWord: false, matchCase: false };
    const names = { agent: (id: string) => id, task: async () => undefined };
    const exported = buffer(Readable.from(reader.export({ scope: {}, match, format: 'ndjson' }, names)));
    await Promise.all([find(match), exported].map((ended) => assert.rejects(ended, /takes more than 10 s/)));
    assert.equal((await find({ text: 'aaa' })).total, 1);
  });

  it('does not trip over damaged bytes, half a last line, or a task that is gone', async () => {
    await put(A, 1000, 'good');
    await store.dispose();
    const path = join(dir, 'tasks', A, 'log', '1.ndjson');
    appendFileSync(path, Buffer.from([0xff, 0xfe, 0x0a]));
    appendFileSync(
      path,
      '{"at":1001,"a":1,"g":"kimi","l":"nonsense","t":"good","q":0}\n{"at":1002,"a":1,"g":"kimi","l":"info","t":"good half',
    );
    assert.equal((await find({ text: 'good' })).total, 1);
    assert.deepEqual(texts((await reader.page({ scope: {}, direction: 'older', limit: 10 })).lines), ['good']);
    assert.deepEqual((await reader.page({ scope: { taskIds: [C] }, direction: 'newer', limit: 10 })).lines, []);
    await assert.rejects(async () => reader.page({ scope: {}, place: '../../etc', direction: 'older', limit: 10 }), /place/);
  });

  it('exports exactly what passes as JSON, NDJSON and CSV that no spreadsheet runs', async () => {
    await put(A, Date.UTC(2026, 10, 23, 12), '=1+1', 'info');
    await put(B, Date.UTC(2026, 10, 23, 12, 0, 1), 'say "hi",\nthen go', 'error');
    await put(B, Date.UTC(2026, 10, 23, 12, 0, 2), 'left out', 'debug');
    const names = {
      agent: (id: string) => id.toUpperCase(),
      task: async (id: string) => (id === A ? { number: 1, title: 'First' } : { number: 2, title: 'Second' }),
    };
    const text = async (format: 'json' | 'ndjson' | 'csv', match?: LogMatch): Promise<string> => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of reader.export({ scope: { level: 'info' }, match, format }, names)) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };
    assert.equal(
      await text('csv'),
      'time,level,agent,task,title,attempt,text\r\n' +
        "2026-11-23T12:00:00.000Z,info,KIMI,#1,First,1,'=1+1\r\n" +
        '2026-11-23T12:00:01.000Z,error,KIMI,#2,Second,1,"say ""hi"",\nthen go"\r\n',
    );
    const lines = JSON.parse(await text('json')) as Record<string, unknown>[];
    assert.deepEqual(
      lines.map(({ text: line, task, agent }) => [line, task, agent]),
      [
        ['=1+1', 1, 'KIMI'],
        ['say "hi",\nthen go', 2, 'KIMI'],
      ],
    );
    assert.equal((await text('ndjson')).trim().split('\n').length, 2);
    assert.equal((await text('ndjson', { text: 'hi', regex: false, wholeWord: true, matchCase: false })).trim().split('\n').length, 1);
  });
});
