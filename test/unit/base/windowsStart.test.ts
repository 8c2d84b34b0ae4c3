import assert from 'node:assert/strict';
import { HumanError } from '../../../src/server/base/errors';
import { windowsStart, type Disk, type Start } from '../../../src/server/base/windowsStart';

const NPM = 'C:\\Users\\ada\\AppData\\Roaming\\npm';
const NODE = 'C:\\Program Files\\nodejs\\node.exe';
const ENV = { Path: `.;${NPM};C:\\Program Files\\nodejs`, PATHEXT: '.JS;.COM;.EXE;.BAT;.CMD', SystemRoot: 'C:\\Windows' };

/** As npm's cmd-shim writes it. */
const shim = (flags: string, target: string): string =>
  [
    '@ECHO off\r\nGOTO start\r\n:find_dp0\r\nSET dp0=%~dp0\r\nEXIT /b\r\n:start\r\nSETLOCAL\r\nCALL :find_dp0\r\n',
    'IF EXIST "%dp0%\\node.exe" (\r\n  SET "_prog=%dp0%\\node.exe"\r\n) ELSE (\r\n  SET "_prog=node"\r\n  SET PATHEXT=%PATHEXT:;.JS;=;%\r\n)\r\n',
    `endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & "%_prog%" ${flags} "%dp0%\\${target}" %*\r\n`,
  ].join('\r\n');
const PNPM =
  '@SETLOCAL\r\n@IF EXIST "%~dp0\\node.exe" (\r\n  "%~dp0\\node.exe"  "%~dp0\\..\\store\\cli.js" %*\r\n) ELSE (\r\n  node  "%~dp0\\..\\store\\cli.js" %*\r\n)\r\n';

const FILES: Readonly<Record<string, string>> = {
  [`${NPM}\\codex`]: '#!/bin/sh\n',
  [`${NPM}\\codex.js`]: '',
  [`${NPM}\\codex.cmd`]: shim('', 'node_modules\\@openai\\codex\\bin\\codex.js'),
  [`${NPM}\\flags.cmd`]: shim('--no-warnings --enable-source-maps', 'node_modules\\flags\\cli.mjs'),
  [`${NPM}\\claude.cmd`]: '@ECHO off\r\n"%dp0%\\node_modules\\@anthropic-ai\\claude-code\\bin\\claude.exe"   %*\r\n',
  [`${NPM}\\pnpm-made.cmd`]: PNPM,
  [`${NPM}\\tsx.cmd`]: '@ECHO off\r\nSET "_prog=python"\r\n"%_prog%"  "%dp0%\\tool.py" %*\r\n',
  [NODE]: '',
  'C:\\work\\node.exe': '',
  'C:\\Program Files\\nodejs\\npm.cmd': '@ECHO OFF\r\n"%NODE_EXE%" "%NPM_CLI_JS%" %*\r\n',
  'C:\\work\\run.bat': '@echo %1\r\n',
  'C:\\work\\kimi.cmd': '@echo not the one of the person\r\n',
};
const disk = (files: Readonly<Record<string, string>>): Disk => ({
  isFile: (path) => path in files,
  read: (path) => files[path] ?? assert.fail(path),
});
const start = (command: [string, ...string[]], files = FILES): Start => windowsStart(command, 'C:\\work', ENV, disk(files));

/** Words of a task that cmd.exe would run something for. */
const HOSTILE = ['" & calc & "', '%COMSPEC%', 'a\r\ncalc', 'x^&calc', '!PATH!', '$(calc) | calc', '> C:\\out', '\\" & calc'];

describe('On Windows, a command', () => {
  it('that is a program is started from where the PATH has it; one that is not found is left to Windows', () => {
    assert.deepEqual(start(['node', 'a b', '"&']), { program: NODE, args: ['a b', '"&'] });
    assert.deepEqual(start(['gone', 'x']), { program: 'gone', args: ['x'] });
  });

  it('that is a shim of npm is the program behind it: no shell reads its arguments', () => {
    const codex = `${NPM}\\node_modules\\@openai\\codex\\bin\\codex.js`;
    assert.deepEqual(start(['codex', 'exec', ...HOSTILE]), { program: NODE, args: [codex, 'exec', ...HOSTILE] });
    const claude = `${NPM}\\node_modules\\@anthropic-ai\\claude-code\\bin\\claude.exe`;
    assert.deepEqual(start(['claude', ...HOSTILE]), { program: claude, args: HOSTILE });
  });

  it('that is a shim takes the flags of the shim and the Node beside it', () => {
    const own = `${NPM}\\node.exe`;
    const target = `${NPM}\\node_modules\\flags\\cli.mjs`;
    const args = ['--no-warnings', '--enable-source-maps', target, 'x'];
    assert.deepEqual(start(['flags', 'x'], { ...FILES, [own]: '' }), { program: own, args });
    assert.deepEqual(start([`${NPM}\\flags.cmd`, 'x']), { program: NODE, args });
    const pnpm = 'C:\\Users\\ada\\AppData\\Roaming\\store\\cli.js';
    assert.deepEqual(start(['pnpm-made', 'x']), { program: NODE, args: [pnpm, 'x'] });
  });

  it('that is another batch file is run by the cmd.exe of Windows, each word in quotes', () => {
    assert.deepEqual(start(['npm', 'run', 'test unit', 'C:\\a dir\\']), {
      program: 'C:\\Windows\\System32\\cmd.exe',
      args: ['/d', '/e:ON', '/v:OFF', '/s', '/c', '""C:\\Program Files\\nodejs\\npm.cmd" "run" "test unit" "C:\\a dir\\\\""'],
      windowsVerbatimArguments: true,
    });
    assert.equal(start(['./run.bat', 'grüße 你好']).args.at(-1), '""C:\\work\\run.bat" "grüße 你好""');
  });

  for (const words of HOSTILE) {
    it(`that is another batch file is refused with ${JSON.stringify(words)}`, () => {
      for (const program of ['npm', '.\\run.bat', 'tsx'])
        assert.throws(
          () => start([program, words]),
          (error: unknown) => error instanceof HumanError && /is a batch file, and cmd\.exe may take .+ for a command/.test(error.message),
        );
    });
  }

  it('is not looked for in the folder of the work', () => {
    assert.deepEqual(start(['kimi', 'acp']), { program: 'kimi', args: ['acp'] });
  });
});
