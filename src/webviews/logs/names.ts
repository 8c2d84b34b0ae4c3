import type { Board } from '../../server/domain/board';
import { agentName } from '../../server/domain/rows/row';

/** Tasks whose numbers are asked for at once. */
const AT_ONCE = 4;

/** What agents and tasks are called; a task that is not on the board any more is asked for. */
export class BoardNames {
  private readonly told = new Map<string, string>();

  constructor(
    private readonly board: () => Board | undefined,
    /** The number of a task, from wherever it is kept. */
    private readonly numberOf: (taskId: string) => Promise<number>,
  ) {}

  readonly agent = (agentId: string): string => {
    const board = this.board();
    return board ? agentName(board, agentId) : agentId;
  };

  /** `#15`, or nothing when it is not known. */
  readonly task = (taskId: string): string => {
    const number = this.board()?.tasks.get(taskId)?.number;
    return number === undefined ? (this.told.get(taskId) ?? '') : `#${number}`;
  };

  /** `Review auth module` */
  title(taskId: string): string {
    return this.board()?.tasks.get(taskId)?.title ?? '';
  }

  startedAt(taskId: string, attempt: number): number | undefined {
    return this.board()
      ?.tasks.get(taskId)
      ?.attempts.find(({ n }) => n === attempt)?.startedAt;
  }

  attempts(taskId: string): number {
    return this.board()?.tasks.get(taskId)?.attempts.length ?? 0;
  }

  /** Asks for the numbers of tasks that are not known, each once. */
  async learn(taskIds: Iterable<string>, learned: () => void): Promise<void> {
    const unknown = [...new Set(taskIds)].filter((taskId) => !this.told.has(taskId) && !this.board()?.tasks.has(taskId));
    for (const taskId of unknown) this.told.set(taskId, '');
    const next = unknown.values();
    const work = async (): Promise<void> => {
      for (const taskId of next) {
        const number = await this.numberOf(taskId).catch(() => undefined);
        if (number === undefined) continue;
        this.told.set(taskId, `#${number}`);
        learned();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }
}
