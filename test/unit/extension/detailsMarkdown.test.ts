import assert from 'node:assert/strict';
import { detailsMarkdown, escapeLine, logText } from '../../../src/extension/documents/detailsMarkdown';
import type { LogLine, TaskDetails } from '../../../src/server/domain/query';
import type { Task } from '../../../src/server/domain/task';
import { agent, RuleBench } from '../../support/ruleBench';
import { AFTERNOON, lines, MINUTE, sceneOf, withoutClock } from '../../support/scene';

const LINKS = {
  log: 'tasktower:/log',
  result: (attempt: number) => `tasktower:/result/${attempt}`,
  evidence: (attempt: number, id: string) => `command:tasktower.openEvidence?${attempt}-${id}`,
};
const HOSTILE = [
  '[Click me](command:workbench.action.terminal.new)',
  '![x](https://evil.example/track.png)',
  '<img src=x onerror=alert(1)><script>alert(1)</script><a href="command:evil">x</a>',
  '```\n# Not a heading\n[out](command:evil)\n```',
  '~~~\n</textarea>\n~~~',
  '$(alert) &lt;b&gt; | a | b |\n|---|---|',
  '\u001b[31mred\u001b[0m \u001b]8;;command:evil\u0007link\u001b]8;;\u0007 \u009b2J',
  '\u202egnp.exe\u202c \u2066hidden\u2069 \u200f\ufeff\u0000\u0008',
].join('\n');

describe("A task's details", () => {
  let bench: RuleBench;
  beforeEach(() => {
    bench = new RuleBench();
    bench.now = AFTERNOON;
  });

  const details = (task: Task, prompt: string, results: Record<number, string> = {}): TaskDetails => ({
    ...{ task, prompt, results },
    attempts: task.attempts,
    events: [],
  });
  const draw = (given: TaskDetails, log: LogLine[] = []): string => withoutClock(detailsMarkdown(sceneOf(bench), given, log, LINKS));
  const logLine = (taskId: string, text: string, attempt = 1): LogLine => ({
    ...{ taskId, attempt, text, level: 'warn' as const },
    at: new Date(2026, 10, 23, 13, 1, 7, 412).getTime(),
    agentId: 'browser',
  });

  it('say what was asked, how it stands and why it waits', () => {
    const other = bench.create('Compress hero images');
    const task = bench.create('Audit the login page', {
      ...{ priority: 'high', agent: 'Browser', skills: ['browser'], after: [other.id], requires: ['screenshot:login', 'signoff'] },
      limits: { timeMs: 10 * MINUTE, attempts: 3, costUsd: 0.5 },
    });
    bench.now += 5 * MINUTE;
    assert.equal(
      draw(details(task, 'Open /login.\n\nTake a picture.')),
      `${lines(`
        # #2 Audit the login page

        - Status: pending, 5m ago
        - Waits: waits for #1
        - Priority: high
        - Agent: Browser
        - Skills: browser
        - After: #1
        - Proof: screenshot:login, signoff
        - Limits: 10m 00s, 3 attempts, $0.50
        - Created: 5m ago by you

        ## Prompt

        \`\`\`text
        Open /login.

        Take a picture.
        \`\`\`
      `)}\n`,
    );
  });

  it('show each attempt, the newest first, with its own log, result and evidence', () => {
    bench.join('Browser');
    const task = bench.create('Audit', { requires: ['signoff'] });
    bench.run(task, 'browser');
    bench.now += MINUTE;
    bench.do({ type: 'ReportError', taskId: task.id, attempt: 1, kind: 'timeout', message: 'No answer\nfor 60 s' }, agent('browser'));
    bench.do({ type: 'RetryTask', taskId: task.id, note: 'Wait longer.' });
    bench.run(task, 'browser');
    bench.now += MINUTE;
    const evidence = { ...{ kind: 'metrics' as const, name: 'axe', id: 'e1', bytes: 840 }, mime: 'application/json', addedAt: bench.now };
    const metrics = [{ category: 'accessibility', name: 'score', value: 97.55555, unit: '%' }];
    bench.do(
      { type: 'AddEvidence', taskId: task.id, attempt: 2, evidence: { ...evidence, sha256: 'a'.repeat(64), metrics } },
      agent('browser'),
    );
    const usage = { inputTokens: 40_000, outputTokens: 1_200, costUsd: 0.1 };
    bench.do({ type: 'ReportResult', taskId: task.id, attempt: 2, result: 'All good.', usage }, agent('browser'));
    const log = [logLine(task.id, 'one'), logLine(task.id, 'two', 2)];
    assert.equal(
      draw(details(task, '', { 2: 'All good.' }), log),
      `${lines(`
        # #1 Audit

        - Status: review, <1m ago
        - Priority: normal
        - Proof: signoff is yours to decide
        - Cost: $0.10 \\+ 1 unknown \\(reported, 41.2k tokens\\)
        - Created: 2m ago by you

        ## Prompt

        \`\`\`text
        Audit
        \`\`\`

        ## Attempt 2: completed

        Browser · started HH:MM · ended HH:MM · worked 1m 00s · 41.2k tokens · $0.10 reported

        Note to the agent

        \`\`\`text
        Wait longer.
        \`\`\`

        Result · [Open the result][1]

        \`\`\`text
        All good.
        \`\`\`

        Evidence

        - [axe][2] · metrics · 840 B
          - accessibility score: 97.56 %

        Last log lines · [Show the whole log][3]

        \`\`\`text
        HH:MM:07.412 W two
        \`\`\`

        ## Attempt 1: failed

        Browser · started HH:MM · ended HH:MM · worked 1m 00s · cost unknown

        Error: timeout

        \`\`\`text
        No answer
        for 60 s
        \`\`\`

        Last log lines · [Show the whole log][4]

        \`\`\`text
        HH:MM:07.412 W one
        \`\`\`

        [1]: tasktower:/result/2
        [2]: command:tasktower.openEvidence?2-e1
        [3]: tasktower:/log
        [4]: tasktower:/log
      `)}\n`,
    );
  });

  it('keep the last 20 lines of a log', () => {
    bench.join('Browser');
    const task = bench.create('Job');
    bench.run(task, 'browser');
    const log = Array.from({ length: 200 }, (_, n) => logLine(task.id, `line ${n}.`));
    const text = draw(details(task, ''), log);
    assert.equal(text.match(/line \d+\./g)?.length, 20);
    assert.ok(text.includes('line 180.') && text.includes('line 199.') && !text.includes('line 179.'));
  });

  it('hold nothing that acts, whatever an agent or a program wrote', () => {
    const name = '<b>[Eve](command:evil)';
    bench.do({ type: 'RegisterAgent', profile: { name, skills: [], capacity: 1 } }, agent(name));
    const [id = ''] = bench.board.agents.keys();
    bench.online.set(id, { presence: 'online', since: bench.now });
    const task = bench.task(
      bench.do({ type: 'CreateTask', spec: { title: HOSTILE.slice(0, 190), prompt: HOSTILE } }, { kind: 'client', name }).taskId ?? '',
    );
    bench.run(task, id);
    const evidence = { ...{ kind: 'text' as const, id: 'e1', bytes: 1, mime: 'text/plain', addedAt: 1 }, sha256: 'a'.repeat(64) };
    const metrics = [{ category: 'a', name: 'b', value: 1, unit: '[x](command:y)' }];
    bench.do(
      { type: 'AddEvidence', taskId: task.id, attempt: 1, evidence: { ...evidence, name: HOSTILE.slice(0, 120), metrics } },
      agent(id),
    );
    bench.do({ type: 'AskInput', taskId: task.id, attempt: 1, question: { id: 'q', text: HOSTILE } }, agent(id));
    bench.do({ type: 'ReportError', taskId: task.id, attempt: 1, kind: 'agent_error', message: HOSTILE }, agent(id));
    const given = details(task, HOSTILE, { 1: HOSTILE });
    const text = draw(
      given,
      HOSTILE.split('\n').map((line) => logLine(task.id, line)),
    );

    const outside = withoutFences(text);
    const linked = [...outside.matchAll(/^\[\d+\]: (.*)$/gm)].map(([, target]) => target);
    assert.doesNotMatch(outside, /(?<!\\)\]\(/, 'no other kind of link');
    assert.deepEqual(linked, ['tasktower:/result/1', 'command:tasktower.openEvidence?1-e1', 'tasktower:/log']);
    const unescaped = outside.replace(/\\.|&lt;/g, '').replace(/\[[^\]]*\]\[\d+\]|^\[\d+\]: .*$/gm, '');
    assert.doesNotMatch(unescaped.replace(/<1m ago/g, ''), /[<>[\]`|&~!]/);
    assert.deepEqual(outside.match(/^#{1,6} .*/gm)?.slice(1), ['## Prompt', '## Attempt 1: failed']);
    assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/);
    assert.ok(text.includes('red link'), 'what a terminal would have shown is still readable');
  });

  it('fence a text in more backquotes than it holds', () => {
    const task = bench.create('Job');
    const text = draw(details(task, 'before\n`````\nstill inside\n`````'));
    assert.ok(text.includes('``````text\nbefore\n`````\nstill inside\n`````\n``````\n'));
  });
});

describe('A log line', () => {
  const at = new Date(2026, 10, 23, 9, 8, 7, 6).getTime();
  const line = (text: string): string => logText({ at, taskId: 't', attempt: 1, agentId: 'a', level: 'error', text });

  it('has a time to the millisecond in 24 hours and its level', () => {
    assert.equal(line('boom'), '09:08:07.006 E boom');
  });

  it('cannot pretend to be two', () => {
    assert.equal(
      line('one\r\n09:08:08.000 I two\rthree'),
      `09:08:07.006 E one\n${' '.repeat(15)}09:08:08.000 I two\n${' '.repeat(15)}three`,
    );
  });

  it('shows no terminal sequences', () => {
    assert.equal(line('\u001b[1;31mred\u001b[0m \u001b]0;title\u0007done'), '09:08:07.006 E red done');
  });
});

describe('A line of foreign text', () => {
  it('keeps its words and loses its meaning', () => {
    assert.equal(escapeLine('a  b\nc *d* _e_ [f](g) <h> `i` #j k|l'), 'a b c \\*d\\* \\_e\\_ \\[f\\]\\(g\\) &lt;h\\> \\`i\\` \\#j k\\|l');
  });
});

/** The document as Markdown reads it, with what stands in fences left out. @throws when a fence is not closed. */
function withoutFences(text: string): string {
  const kept: string[] = [];
  let fence: string | undefined;
  for (const line of text.split('\n')) {
    const run = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined && run) fence = run;
    else if (fence === undefined) kept.push(line);
    else if (run?.startsWith(fence) && line.trim() === run) fence = undefined;
  }
  assert.equal(fence, undefined, 'a fence is not closed');
  return kept.join('\n');
}
