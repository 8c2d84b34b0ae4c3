import * as vscode from 'vscode';
import { showInformation } from '../messages';
import type { Agent } from '../../server/domain/agent';
import type { Board } from '../../server/domain/board';
import { calmLine, needsYou, type Ask } from '../../server/domain/needsYou';
import { lastAttempt } from '../../server/domain/task';
import { showDetails } from '../documents/towerDocuments';
import { Command, View } from '../manifest';
import type { AgentOutputs } from '../output';
import type { TowerHost } from '../towerHost';
import type { TaskNode } from '../tree/nodes';
import type { TaskTree } from '../tree/taskTree';
import { YOU } from '../you';
import type { Handlers } from './handlers';
import type { Targets } from './targets';

export interface TowerCommandParts {
  host: TowerHost;
  targets: Targets;
  tree: TaskTree;
  outputs: AgentOutputs;
  log: vscode.LogOutputChannel;
}

/** What a person does with the queue, the agents and the window. */
export function towerCommands({ host, targets, tree, outputs, log }: TowerCommandParts): Handlers {
  const say = (text: string): void => void vscode.window.setStatusBarMessage(text, 4000);
  const seen = new Set<string>();
  return {
    [Command.pauseQueue]: async () => {
      await host.here.execute({ type: 'PauseQueue' }, YOU);
      say(vscode.l10n.t('Paused. Running tasks go on; nothing new starts.'));
    },
    [Command.pauseAfterCurrent]: async () => {
      await host.here.execute({ type: 'PauseQueue', when: 'afterCurrent' }, YOU);
      say(vscode.l10n.t('The queue pauses when what runs now, with its retries, has ended.'));
    },
    [Command.resumeQueue]: async () => {
      await host.here.execute({ type: 'ResumeQueue' }, YOU);
      say(vscode.l10n.t('The queue goes on.'));
    },
    [Command.approveEachStart]: async () => {
      await host.here.execute({ type: 'SetApproval', on: true }, YOU);
      say(vscode.l10n.t('Nothing starts by itself now. "Start Now" on a task is your go.'));
    },
    [Command.startByItself]: async () => {
      await host.here.execute({ type: 'SetApproval', on: false }, YOU);
      say(vscode.l10n.t('Tasks start by themselves again.'));
    },
    [Command.dismiss]: async (...args) => {
      const ask = askOf(args[0]);
      if (ask?.kind === 'agent') return host.here.execute({ type: 'DismissAgent', agentId: ask.agent.id }, YOU);
      const agent = askedAgent(host.here.board, args[0]);
      if (agent) return host.here.execute({ type: 'DismissAgent', agentId: agent.id }, YOU);
      const [task] = await targets.tasks(args, vscode.l10n.t('dismiss'), ['failed']);
      return task && host.here.execute({ type: 'DismissTask', taskId: task.id }, YOU);
    },
    [Command.nextNeedsMe]: async () => {
      const { board, live } = host.here;
      const asks = needsYou(board, live);
      if (asks.length === 0) return say(calmLine(board));
      if (asks.every((ask) => seen.has(keyOf(ask)))) seen.clear();
      const next = asks.find((ask) => !seen.has(keyOf(ask)));
      if (!next) return;
      seen.add(keyOf(next));
      if (next.kind === 'agent') return outputs.show(next.agent.id);
      const hasEvidence = (lastAttempt(next.task)?.evidence.length ?? 0) > 0;
      if (next.kind === 'question' && host.whyNot(Command.answerTask) === undefined)
        await vscode.commands.executeCommand(Command.answerTask, next.task.id);
      else if ((next.kind === 'review' || next.kind === 'pictures') && hasEvidence)
        await vscode.commands.executeCommand(Command.openEvidence, next.task.id);
      else await showDetails(next.task);
    },
    [Command.copyConnect]: async () => {
      const { url, token } = host.here.address;
      await vscode.env.clipboard.writeText(`export TASKTOWER_URL=${url} TASKTOWER_TOKEN=${token}`);
      say(vscode.l10n.t('Copied. Paste it into the terminal where your agent starts; keep it to yourself, it holds the token.'));
    },
    [Command.focusTasks]: () => vscode.commands.executeCommand(`${View.tasks}.focus`),
    [Command.showMore]: (node) => tree.more(node as TaskNode),
    [Command.showLog]: () => log.show(true),
    [Command.manageTrust]: () => vscode.commands.executeCommand('workbench.trust.manage'),
    [Command.reconnect]: () => host.start(),
    [Command.retryStart]: () => host.start(),
    [Command.raiseLimit]: () =>
      host.team === undefined
        ? vscode.commands.executeCommand('workbench.action.openSettings', 'tasktower.budget')
        : showInformation(vscode.l10n.t('The limits of {0} are set where it runs. Ask whoever runs it.', host.team)),
  };
}

function keyOf(ask: Ask): string {
  return ask.kind === 'agent' ? `agent/${ask.agent.id}/${ask.since}` : `${ask.kind}/${ask.task.id}/${ask.since}`;
}

/** An agent that a panel names. */
function askedAgent({ agents }: Board, value: unknown): Agent | undefined {
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string' ? agents.get(value.id) : undefined;
}

function askOf(value: unknown): Ask | undefined {
  return typeof value === 'object' && value !== null && 'value' in value ? (value.value as Ask) : undefined;
}
