import * as l10n from '@vscode/l10n';
import type { Task } from '../../server/domain/task';
import type { Answer, CommandInput } from '../../server/domain/command';
import { whyNotRun } from '../../server/domain/commandRole';
import { findTask } from '../../server/domain/board';
import type { RemoteTower } from '../../server/follower/remoteTower';
import type { Scene } from '../../server/domain/rows/row';
import { spoken } from '../../server/domain/spoken';
import type { Overlay } from './overlay';
import type { Me } from './session';

const YOU = { kind: 'person', name: 'you' } as const;

/** What the commands of a page work with: the tower, the person, and what lies over the page. */
export class Stage {
  constructor(
    readonly me: Me,
    readonly overlay: Overlay,
    private readonly mirror: Promise<RemoteTower>,
  ) {}

  get tower(): Promise<RemoteTower> {
    return this.mirror;
  }

  /** Why the person may not do that; undefined = they may try. */
  whyNot(command: string): string | undefined {
    return whyNotRun(this.me, command);
  }

  async scene(): Promise<Scene> {
    const { board, live } = await this.mirror;
    return { board, live, now: Date.now() };
  }

  async execute(command: CommandInput): Promise<Answer> {
    return (await this.mirror).execute(command, YOU, crypto.randomUUID());
  }

  /** The task as the tower has it, also when it is long finished. @throws what the tower says when there is none. */
  async task(id: string): Promise<Task> {
    const tower = await this.mirror;
    return findTask(tower.board, id) ?? (await tower.query({ type: 'TaskDetails', taskId: id })).task;
  }

  /** One command for each task; those it does not fit are counted, not hidden. */
  async each(ids: readonly string[], done: string, commandOf: (id: string) => CommandInput): Promise<void> {
    let [changed, said] = [0, ''];
    const refused: string[] = [];
    for (const id of ids) {
      try {
        said = (await this.execute(commandOf(id))).message ?? said;
        changed++;
      } catch (error) {
        if (ids.length === 1) throw error;
        refused.push(spoken(error));
      }
    }
    const [only] = ids;
    const what = ids.length === 1 && only ? l10n.t('#{0} {1}.', (await this.task(only)).number, done) : l10n.t('{0} {1}.', changed, done);
    const [why] = refused;
    this.overlay.toast({ text: said || (why === undefined ? what : `${what} ${l10n.t('{0} skipped: {1}', refused.length, why)}`) });
  }

  /** Does something, and says what went wrong. */
  async try(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.overlay.toast({ text: spoken(error), tone: 'bad' });
    }
  }

  /** Has the browser save what the tower sends, as it comes. @throws {Error} when the person may not. */
  download(path: string, name: string): void {
    const why = path.startsWith('/api/evidence/') ? this.whyNot('tasktower.downloadEvidence') : undefined;
    if (why !== undefined) throw new Error(why);
    click(path, name);
  }
}

/** Has the browser save bytes as a file. */
export function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  click(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function click(href: string, name: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  link.click();
}
