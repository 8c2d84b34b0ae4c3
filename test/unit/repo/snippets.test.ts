import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import { parse } from 'yaml';
import * as z from 'zod';
import { AgentConfig } from '../../../src/server/domain/agent';
import { TeamFile } from '../../../src/server/domain/teamFile';
import { TaskTemplate } from '../../../src/server/domain/template';
import { TEAM_FLAGS } from '../../../src/server/serve/teamOptions';
import { WebhooksFile } from '../../../src/server/serve/webhooks/config';

/** A fenced block of a document. */
interface Block {
  /** `docs/team.md:7`. */
  place: string;
  file: string;
  kind: string;
  /** What follows the kind, such as `file=claws.py`. */
  more: string;
  code: string;
}

/** Blocks that another test runs as they are: where, of which kind, holding what, and the test. */
const RUN: readonly [file: string, kind: string, holds: string, test: string][] = [
  ['docs/protocol.md', 'js', 'Node line counter', 'test/slow/examples/lineCounters.test.ts'],
  ['docs/protocol.md', 'python', 'Python line counter', 'test/slow/examples/lineCounters.test.ts'],
  ['docs/protocol.md', 'sh', 'Shell line counter', 'test/slow/examples/lineCounters.test.ts'],
  ['docs/claws-bot.md', 'sh', 'CLAWS.BOT', 'test/slow/reporters.test.ts'],
  ['docs/claws-bot.md', 'sh', '/error', 'test/slow/reporters.test.ts'],
  ['docs/team.md', 'js', 'isGenuine', 'test/unit/webhooks/docs.test.ts'],
  ['docs/team.md', 'python', 'is_genuine', 'test/unit/webhooks/docs.test.ts'],
];

const CommandHook = z.strictObject({ type: z.literal('command'), command: z.string(), timeout: z.number() });
const HttpHook = z.strictObject({
  type: z.literal('http'),
  url: z.url(),
  headers: z.record(z.string(), z.string()),
  allowedEnvVars: z.array(z.string()),
  timeout: z.number(),
});
const HookList = z.array(z.strictObject({ matcher: z.string().optional(), hooks: z.array(z.union([CommandHook, HttpHook])) }));

/** What JSON in a document may be. */
const SHAPES = {
  settings: z.strictObject({ 'tasktower.agents': z.array(AgentConfig) }),
  webhooks: WebhooksFile,
  'agents of a team': TeamFile,
  template: TaskTemplate,
  'hooks of Claude Code': z.strictObject({ hooks: z.record(z.string(), HookList) }),
  'a CloudEvent': z.object({ specversion: z.literal('1.0'), type: z.string().startsWith('dev.tasktower.'), data: z.object({}) }),
};

/** Programs that are not ours. */
const FOREIGN = new Set(['curl', 'echo', 'openssl', 'docker', 'printf', 'base64', 'true', 'code']);

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
const documents = [...globSync('docs/*.md'), ...globSync('*.md'), ...globSync('examples/**/*.md', { exclude: ['**/node_modules'] })];
const blocks = documents.map((file) => file.replaceAll('\\', '/')).flatMap(blocksOf);

function blocksOf(file: string): Block[] {
  // What is generated holds the same, with the words filled in.
  if (file.endsWith('.in.md')) return [];
  const text = readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  return [...text.matchAll(/^( *)```([^\s`]*) ?(.*)\n([\s\S]*?)^\1```$/gm)].map(
    ({ index, 1: indent = '', 2: kind = '', 3: more = '', 4: code = '' }) => ({
      place: `${file}:${text.slice(0, index).split('\n').length}`,
      file,
      kind,
      more,
      code: code.replace(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

/** The words of each command of a script, without quotes, comments, and variables that are set for it. */
function commandsOf(script: string): string[][] {
  const commands: string[][] = [[]];
  const token = /\\\n|(?:^|(?<=\s))#[^\n]*|((?:\d?>&\d|"(?:[^"\\]|\\.)*"|'[^']*'|\$\([^()]*\)|[^\s;|&"'])+)|(\n|;|\|\|?|&&?)/g;
  for (const [, word, end] of script.matchAll(token)) {
    if (end !== undefined) commands.push([]);
    else if (word !== undefined && !(commands.at(-1)?.length === 0 && /^\w+=/.test(word)))
      commands.at(-1)?.push(word.replace(/^["']|["']$/g, ''));
  }
  const nested = [...script.matchAll(/\$\(([^()]*)\)/g)].flatMap(([, inner = '']) => commandsOf(inner));
  return [...commands.filter((words) => words.length > 0), ...nested];
}

const helps = new Map<string, string>();
function helpOf(command: string): string {
  const known = helps.get(command);
  if (known !== undefined) return known;
  const { status, stdout } = spawnSync(process.execPath, ['dist/cli/tasktower.js', command, '--help'], { encoding: 'utf8' });
  const help = status === 0 ? stdout : '';
  helps.set(command, help);
  return help;
}

/** What is wrong with the words of a command, or undefined. */
function wrongWith([program = '', ...args]: readonly string[]): string | undefined {
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  if (program === 'tasktower') {
    const [command = '', ...rest] = own;
    const help = helpOf(command);
    if (help === '') return `there is no tasktower ${command}`;
    const strange = rest.find((word) => word.startsWith('-') && word !== '-' && !new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(help));
    return strange === undefined ? undefined : `tasktower ${command} has no ${strange}`;
  }
  if (program === 'npm') {
    const [verb = '', name = ''] = own;
    const script = verb === 'run' ? name : verb;
    return verb === 'install' || script in manifest.scripts ? undefined : `npm has no script ${script}`;
  }
  if (['node', 'python3', 'sh'].includes(program)) return existsSync(own[0] ?? '') ? undefined : `there is no ${own[0]}`;
  if (program === 'docker') {
    const file = args.includes('-f') ? args[args.indexOf('-f') + 1] : undefined;
    if (file !== undefined && !existsSync(file)) return `there is no ${file}`;
    // What the container runs follows the name of its image.
    const at = args[0] === 'run' ? args.indexOf('tasktower') : -1;
    return at >= 0 && args.length > at + 1 ? wrongWith(args.slice(at)) : undefined;
  }
  return FOREIGN.has(program) ? undefined : `${program} is not known`;
}

function checkCommands(script: string): void {
  for (const words of commandsOf(script)) assert.equal(wrongWith(words), undefined, words.join(' '));
}

function python(program: string, input: string): string {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program], { input, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

/** How a block of a kind is checked; one of another kind fails. */
const CHECKS: Readonly<Record<string, (block: Block) => void>> = {
  json: ({ code }) => {
    const value: unknown = JSON.parse(code);
    assert.ok(
      Object.values(SHAPES).some((shape) => shape.safeParse(value).success),
      `it is none of ${Object.keys(SHAPES).join(', ')}`,
    );
    for (const [, command = ''] of code.matchAll(/"command": "([^"]+)"/g)) checkCommands(command);
  },
  toml: ({ code }) => {
    const read = JSON.parse(python('import sys, tomllib, json; print(json.dumps(tomllib.load(sys.stdin.buffer)))', code)) as object;
    const Kimi = z.strictObject({ hooks: z.array(z.strictObject({ event: z.string(), command: z.string(), timeout: z.number() })) });
    for (const { command } of Kimi.parse(read).hooks) checkCommands(command);
  },
  yaml: ({ code }) => assert.ok(typeof parse(code) === 'object'),
  js: ({ code }) => void transformSync(code, { loader: 'js', format: 'esm' }),
  ts: ({ code }) => void transformSync(code, { loader: 'ts', format: 'esm' }),
  python: ({ code }) => void python('import ast, sys; ast.parse(sys.stdin.read())', code),
  sh: (block) => {
    const { status, stderr } = spawnSync('sh', ['-n'], { input: block.code, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    if (testOf(block) === undefined) checkCommands(block.code);
  },
  // A drawing, or what goes over the wire.
  '': ({ file, code }) => {
    if (file === 'docs/architecture.md') return;
    assert.equal(file, 'docs/protocol.md', 'it does not say what it is');
    const reference = readFileSync(file, 'utf8');
    for (const [, method] of code.matchAll(/"method":"([^"]+)"/g)) assert.ok(reference.includes(`#### \`${method}\``), method);
    for (const [route] of code.matchAll(/(?:GET|POST|PUT|PATCH|DELETE) \/[^\s]+/g))
      assert.ok(reference.includes(`| \`${route.replace(/01ARZ…|\{taskId\}/, '{id}')}\` |`), route);
  },
};

function testOf({ file, kind, code }: Block): string | undefined {
  return RUN.find(([where, what, holds]) => where === file && what === kind && code.includes(holds))?.[3];
}

describe('A snippet of the documents', () => {
  for (const block of blocks) {
    it(`holds at ${block.place}: ${block.kind || 'plain'} ${block.more}`.trimEnd(), () => {
      const check = CHECKS[block.kind];
      assert.ok(check, `nothing checks ${block.kind}`);
      check(block);
    });
  }

  it('that another test runs is there, and so is the test', () => {
    for (const [file, kind, holds, test] of RUN) {
      assert.ok(
        blocks.some((block) => block.file === file && block.kind === kind && block.code.includes(holds)),
        `${file} has no ${kind} with ${holds}`,
      );
      assert.ok(readFileSync(test, 'utf8').includes(file), `${test} does not read ${file}`);
    }
  });

  it('in a sentence is a command that there is', () => {
    for (const file of documents.filter((name) => !name.endsWith('.in.md'))) {
      for (const [, command = ''] of readFileSync(file, 'utf8').matchAll(/`((?:tasktower|npm run) [^`]+)`/g))
        for (const words of commandsOf(command)) assert.equal(wrongWith(words), undefined, `${file}: ${command}`);
    }
  });

  it('is told apart from one that is wrong', () => {
    const wrong = (script: string): (string | undefined)[] => commandsOf(script).map(wrongWith);
    assert.deepEqual(wrong('A=b tasktower task "Do it; now" --skill x --wait # says so\nnpm test | tasktower status'), [
      undefined,
      undefined,
      undefined,
    ]);
    assert.deepEqual(wrong('tasktower task x --soon; tasktower stauts'), ['tasktower task has no --soon', 'there is no tasktower stauts']);
    assert.deepEqual(wrong('npm run nothing && node gone.js'), ['npm has no script nothing', 'there is no gone.js']);
    assert.deepEqual(wrong('docker run -v tasktower:/data tasktower user add --rule x\nrm -rf /'), [
      'tasktower user has no --rule',
      'rm is not known',
    ]);
    assert.deepEqual(wrong('tasktower run -- rm --all'), [undefined]);
  });

  it('may use every option that a tower has: its help names them all', () => {
    const help = helpOf('serve');
    assert.deepEqual(
      Object.keys(TEAM_FLAGS).filter((flag) => !help.includes(`--${flag} `)),
      [],
    );
  });
});
