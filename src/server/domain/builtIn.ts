import { AgentConfig, agentIdOf } from './agent';
import type { Board } from './board';
import type { TowerEvent } from './event';
import { isFinal } from './task';

/** The agent that comes along: it checks the files of a folder, and needs no program, key or network. */
export const FOLDER_CHECK = AgentConfig.parse({ name: 'Folder Check', driver: 'folderCheck', skills: ['folder-check'] });

const BUILT_IN: ReadonlyMap<string, AgentConfig> = new Map([[agentIdOf(FOLDER_CHECK.name), FOLDER_CHECK]]);

/** The agents that come along and that an open task wants by name. */
export function builtInAgents({ tasks }: Pick<Board, 'tasks'>): AgentConfig[] {
  const wanted = [...tasks.values()].flatMap(({ agent, status }) => (isFinal(status) ? [] : builtIn(agent)));
  return [...new Set(wanted)];
}

/** The same for the tasks that events made, changed or opened again. */
export function newlyWanted({ tasks }: Pick<Board, 'tasks'>, events: readonly TowerEvent[]): AgentConfig[] {
  return events.flatMap((event) => {
    if (event.type === 'TaskCreated') return builtIn(event.task.agent);
    return event.type === 'TaskEdited' || event.type === 'TaskRetried' ? builtIn(tasks.get(event.taskId)?.agent) : [];
  });
}

function builtIn(name: string | undefined): AgentConfig[] {
  const agent = name === undefined ? undefined : BUILT_IN.get(agentIdOf(name));
  return agent ? [agent] : [];
}
