import type { LogNames, Tower } from './domain/ports';

/** What agents and tasks are called, also those that are no longer on the board. */
export function logNames(tower: Pick<Tower, 'board' | 'query'>): LogNames {
  const { board } = tower;
  return {
    agent: (id) => board.agents.get(id)?.name ?? id,
    task: async (id) => board.tasks.get(id) ?? (await tower.query({ type: 'TaskDetails', taskId: id }).catch(() => undefined))?.task,
  };
}
