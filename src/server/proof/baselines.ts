import { randomBytes } from 'node:crypto';
import { copyFile, lstat, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import * as z from 'zod';
import { errorCode, errorText, HumanError } from '../base/errors';
import { Baseline } from '../domain/comparison';
import type { Baselines } from '../domain/ports';
import type { Task } from '../domain/task';
import { baselineFile } from './baselineFile';
import { pictureFileBytes, pictureStart } from './compareFiles';
import { pictureHead } from './pictureHead';
import { phrase } from '../domain/phrase';

const FOLDER = join('.tasktower', 'baselines');
const INDEX = 'index.json';
const EXTENSIONS = ['png', 'jpeg', 'webp'] as const;

const Index = z.record(z.string(), Baseline.omit({ label: true }));
type Index = z.infer<typeof Index>;

/** The files `.tasktower/baselines/<label>.png` of a workspace folder, with an index that says who accepted which, when and from where. */
export class FolderBaselines implements Baselines {
  /** The end of the line of changes. */
  private tail: Promise<unknown> = Promise.resolve();

  constructor(private readonly folder: string) {}

  async find(label: string): Promise<{ path: string; entry?: Baseline } | undefined> {
    const folder = await this.contained();
    if (folder === undefined) return undefined;
    const entry = (await this.index(folder).catch(() => undefined))?.[label];
    for (const extension of EXTENSIONS) {
      const path = join(folder, `${baselineFile(label)}.${extension}`);
      if (await isFile(path)) return { path, ...(entry ? { entry: { ...entry, label } } : {}) };
    }
    return undefined;
  }

  keep({ label, ...entry }: Omit<Baseline, 'file' | 'ignore' | 'threshold'>, from: string): Promise<void> {
    return this.inLine(async () => {
      const folder = await this.make();
      const index = await this.index(folder);
      const { type } = pictureHead(await pictureStart(from), { fileBytes: await pictureFileBytes(from) });
      const file = `${baselineFile(label)}.${type}`;
      const temporary = join(folder, `.${randomBytes(6).toString('hex')}.tmp`);
      await copyFile(from, temporary);
      await rename(temporary, join(folder, file));
      for (const other of EXTENSIONS) if (other !== type) await rm(join(folder, `${baselineFile(label)}.${other}`), { force: true });
      const { ignore, threshold } = index[label] ?? {};
      index[label] = { ...entry, file, ...(ignore ? { ignore } : {}), ...(threshold === undefined ? {} : { threshold }) };
      await this.write(folder, index);
    });
  }

  remove(label: string): Promise<void> {
    return this.inLine(async () => {
      const folder = await this.contained();
      if (folder === undefined) return;
      const index = await this.index(folder);
      for (const extension of EXTENSIONS) await rm(join(folder, `${baselineFile(label)}.${extension}`), { force: true });
      delete index[label];
      await this.write(folder, index);
    });
  }

  /** The folder of the baselines; undefined when there is none. @throws {HumanError} when a link leads out of the workspace. */
  private async contained(): Promise<string | undefined> {
    const folder = join(this.folder, FOLDER);
    try {
      const [inside, root] = await Promise.all([realpath(folder), realpath(this.folder)]);
      if (!isInside(inside, root))
        throw new HumanError(
          phrase('{0} is a link that leads out of the workspace. Replace it by a folder to keep baselines there.', folder),
        );
      return inside;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  private async make(): Promise<string> {
    const folder = join(this.folder, FOLDER);
    try {
      await mkdir(folder, { recursive: true });
    } catch (error) {
      throw new HumanError(phrase('The baselines folder {0} cannot be made: {1}. Check its permissions.', folder, errorText(error)), {
        cause: error,
      });
    }
    return (await this.contained()) ?? folder;
  }

  private async index(folder: string): Promise<Index> {
    const path = join(folder, INDEX);
    try {
      return Index.parse(JSON.parse(await readFile(path, 'utf8')));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return {};
      throw new HumanError(
        phrase('{0} is not an index of baselines: {1}. Repair it, or delete it to begin a new one.', path, errorText(error)),
        {
          cause: error,
        },
      );
    }
  }

  private async write(folder: string, index: Index): Promise<void> {
    const temporary = join(folder, `.${randomBytes(6).toString('hex')}.tmp`);
    const sorted = Object.fromEntries(Object.entries(index).sort(([a], [b]) => (a < b ? -1 : 1)));
    await writeFile(temporary, `${JSON.stringify(sorted, null, 2)}\n`);
    await rename(temporary, join(folder, INDEX));
  }

  private inLine<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.tail.then(work);
    this.tail = turn.catch(() => undefined);
    return turn;
  }
}

/** Finds the baselines of the workspace folder that a task works in; of the first folder when it works elsewhere. */
export function workspaceBaselines(folders: readonly string[]): (task: Pick<Task, 'folder'>) => Baselines | undefined {
  const all = new Map(folders.map((folder) => [folder, new FolderBaselines(folder)]));
  return ({ folder }) => all.get(folders.find((one) => folder !== undefined && isInside(folder, one)) ?? folders[0] ?? '');
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way));
}

/** A link is none: it could show a file of anywhere as a baseline. */
async function isFile(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
