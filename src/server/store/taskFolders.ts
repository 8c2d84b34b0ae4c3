import { join } from 'node:path';
import { Id } from '../domain/task';
import { listFolder, type Files } from './files';

/** Where the files of a task are: `tasks/<id>/`. */
export class TaskFolders {
  constructor(
    private readonly root: string,
    private readonly files: Files,
  ) {}

  /** The folder of a task, inside the root whatever `taskId` says; undefined when that is no task id. */
  of(taskId: string): string | undefined {
    return Id.safeParse(taskId).success ? join(this.root, taskId) : undefined;
  }

  /** The tasks that have a folder, oldest first. */
  async ids(): Promise<string[]> {
    return (await listFolder(this.files, this.root)).filter((name) => Id.safeParse(name).success).sort();
  }
}
