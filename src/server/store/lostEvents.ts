import { dirname, join } from 'node:path';
import { encodeTime } from 'ulid';
import { errorCode, errorText } from '../base/errors';
import type { Log } from '../base/log';
import type { Board } from '../domain/board';
import { appendEvents, readEvents } from './eventFile';
import { listFolder, type Files } from './files';
import { TaskFolders } from './taskFolders';

const AT_ONCE = 16;
/** The times of files are not exact, ms. */
const MARGIN = 60_000;

/**
 * Takes out of the folders of tasks what a power cut took from the journal, before new records get the numbers of those that were lost:
 * events after the board's last record. Tasks created after it are set aside, as `lost/<id>`. What cannot be read stays as it is, and the log says so.
 */
export async function cutLostEvents(files: Files, dir: string, board: Board, log: Log): Promise<void> {
  try {
    const cut = await cutAll(files, dir, board);
    if (cut > 0)
      log.warn(
        `The journal has lost its end, as in a power cut. What the folders of ${cut} tasks had of it was taken out; tasks that it no longer names are in ${join(dir, 'lost')}.`,
      );
  } catch (error) {
    log.warn(`Whether the folders of tasks hold more than the journal could not be seen: ${errorText(error)}`);
  }
}

async function cutAll(files: Files, dir: string, board: Board): Promise<number> {
  const folders = new TaskFolders(join(dir, 'tasks'), files);
  // An id begins with the time at which it was made, and time never goes back here.
  const next = encodeTime(board.at);
  const newer = (await listFolder(files, join(dir, 'tasks'))).filter((name) => name >= next);
  const left = [...new Set([...board.tasks.keys(), ...newer])];
  let cut = 0;
  const work = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const folder = folders.of(id);
      if (folder !== undefined && (await cutFolder(files, folder, board, join(dir, 'lost', id)))) cut++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return cut;
}

async function cutFolder(files: Files, folder: string, { seq, at }: Board, aside: string): Promise<boolean> {
  const path = join(folder, 'events.ndjson');
  if ((await changedAt(files, path)) < at - MARGIN) return false;
  const events = await readEvents(files, path, Infinity);
  const [first, last] = [events.at(0), events.at(-1)];
  if (!first || !last || last.seq <= seq) return false;
  if (first.seq <= seq) await appendEvents(files, path, [], seq);
  else if (first.event.type === 'TaskCreated') {
    await files.makeFolder(dirname(aside));
    await files.rename(folder, aside);
  } else return false;
  return true;
}

async function changedAt(files: Files, path: string): Promise<number> {
  try {
    return (await files.stat(path)).mtimeMs;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}
