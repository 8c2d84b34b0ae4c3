import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** The path of a program on `PATH`, or undefined. Nothing is run. On Windows the endings of `PATHEXT` come first: npm puts a shell script without one beside each shim. */
export async function findProgram(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): Promise<string | undefined> {
  const path = Object.entries(env).find(([key]) => key.toUpperCase() === 'PATH')?.[1] ?? '';
  const endings = platform === 'win32' ? [...(env.PATHEXT ?? '.COM;.EXE;.BAT;.CMD').split(';'), ''] : [''];
  // A relative entry would mean something else in every folder.
  for (const folder of path.split(delimiter).filter((entry) => isAbsolute(entry))) {
    for (const ending of endings) {
      const file = join(folder, `${name}${ending}`);
      if (await isProgram(file)) return file;
    }
  }
  return undefined;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
