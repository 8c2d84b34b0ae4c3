import { readFileSync, statSync } from 'node:fs';
import { win32 } from 'node:path';
import { HumanError } from './errors';

/** What a process is started with. */
export interface Start {
  program: string;
  args: readonly string[];
  /** The arguments are a command line already. */
  windowsVerbatimArguments?: true;
}

/** What is looked up of the disk. */
export interface Disk {
  readonly isFile: (path: string) => boolean;
  readonly read: (path: string) => string;
}

const DISK: Disk = {
  isFile: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false,
  read: (path) => readFileSync(path, 'utf8'),
};

/** The last line of a shim as npm, pnpm and yarn write it: `"%_prog%" --flag "%dp0%\node_modules\x\cli.js" %*`. */
const SHIM = /(?:"(?:%_prog%|%~dp0\\node\.exe)"[ \t]+((?:-[\w=-]+[ \t]+)*))?"%(?:~dp0|dp0%)\\([^"%\r\n]+)"[ \t]+%\*/;
/** A shim whose program is Node. */
const BY_NODE = /\bnode(?:\.exe)?"/;
/** What cmd.exe, or the batch file when it hands its arguments on, may read as more than text. */
const READ_BY_CMD = /["%!^&|<>()\p{Cc}]/u;

/**
 * How Windows starts a command. It has no way to start a batch file but cmd.exe, and most agents are one, put there by npm: then
 * the program behind it is started, so that no shell reads the words of a task. Any other batch file takes plain words alone.
 * @throws {HumanError} for a batch file and words that cmd.exe may take for commands.
 */
export function windowsStart(command: readonly [string, ...string[]], cwd: string, env: NodeJS.ProcessEnv, disk = DISK): Start {
  const [program, ...args] = command;
  const file = find(program, cwd, env, disk);
  if (file === undefined) return { program, args };
  if (!/\.(?:cmd|bat)$/i.test(file)) return { program: file, args };
  const node = find('node', cwd, env, disk) ?? 'node';
  return behindShim(file, args, node, disk) ?? byCmd(file, args, env);
}

function behindShim(file: string, args: readonly string[], node: string, disk: Disk): Start | undefined {
  const text = disk.read(file);
  const [, flags = '', path] = SHIM.exec(text) ?? [];
  if (path === undefined) return undefined;
  const folder = win32.dirname(file);
  const target = win32.join(folder, path);
  if (/\.(?:exe|com)$/i.test(target)) return { program: target, args };
  if (!BY_NODE.test(text)) return undefined;
  const own = win32.join(folder, 'node.exe');
  return { program: disk.isFile(own) ? own : node, args: [...flags.split(/\s+/).filter(Boolean), target, ...args] };
}

function byCmd(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Start {
  const strange = [file, ...args].find((word) => READ_BY_CMD.test(word));
  if (strange !== undefined) {
    const [what = ''] = READ_BY_CMD.exec(strange) ?? [];
    throw new HumanError(
      `"${file}" is a batch file, and cmd.exe may take ${JSON.stringify(what)} in an argument for a command. Name the program that it starts, or hand the text over on standard input`,
    );
  }
  const line = [file, ...args].map((word) => `"${word.replace(/\\+$/, '$&$&')}"`).join(' ');
  const root = variable(env, 'SystemRoot');
  return {
    program: root === undefined ? 'cmd.exe' : win32.join(root, 'System32', 'cmd.exe'),
    args: ['/d', '/e:ON', '/v:OFF', '/s', '/c', `"${line}"`],
    windowsVerbatimArguments: true,
  };
}

/** Where a program is. Unlike Windows itself, this does not look in the folder of the work, where anybody may have put a program of that name. */
function find(program: string, cwd: string, env: NodeJS.ProcessEnv, { isFile }: Disk): string | undefined {
  const endings = /\.(?:com|exe|bat|cmd)$/i.test(program) ? [''] : ['.com', '.exe', '.bat', '.cmd'];
  const folders = /[\\/]/.test(program) ? [cwd] : (variable(env, 'PATH') ?? '').split(';').filter((entry) => win32.isAbsolute(entry));
  return folders.flatMap((folder) => endings.map((ending) => win32.resolve(folder, `${program}${ending}`))).find((path) => isFile(path));
}

/** A variable of the environment, however its name is spelt there. */
function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return Object.entries(env).find(([key]) => key.toUpperCase() === name.toUpperCase())?.[1];
}
