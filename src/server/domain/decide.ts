import type { Command } from './command';
import { inEnglish } from './language';
import { authorize } from './permissions';
import * as agents from './rules/agentRules';
import * as attempts from './rules/attemptRules';
import type { Decision, RuleContext } from './rules/context';
import * as evidence from './rules/evidenceRules';
import * as queue from './rules/queueRules';
import { counted } from './rules/spending';
import * as tasks from './rules/taskRules';
import * as usage from './rules/usageRules';

type Rules = { [T in Command['type']]: (context: RuleContext, command: Extract<Command, { type: T }>) => Decision };

const RULES: Rules = {
  CreateTask: tasks.createTask,
  ReportTask: tasks.reportTask,
  EditTask: tasks.editTask,
  CancelTask: tasks.cancelTask,
  RetryTask: tasks.retryTask,
  RetryFailed: tasks.retryFailed,
  StartNow: tasks.startNow,
  ReorderTask: tasks.reorderTask,
  SignOff: tasks.signOff,
  DismissTask: tasks.dismissTask,
  PurgeTask: tasks.purgeTask,
  ArchiveTasks: tasks.archiveTasks,
  RecallTask: tasks.recallTask,
  PauseQueue: queue.pauseQueue,
  ResumeQueue: queue.resumeQueue,
  ConfigureQueue: queue.configureQueue,
  SetApproval: queue.setApproval,
  AssignTask: attempts.assignTask,
  AcceptAttempt: attempts.acceptAttempt,
  DeclineAttempt: attempts.declineAttempt,
  ReportUsage: usage.reportUsage,
  AddEvidence: evidence.addEvidence,
  NoteCommit: attempts.noteCommit,
  NoteSession: attempts.noteSession,
  RecordComparison: evidence.recordComparison,
  JudgeEvidence: evidence.judgeEvidence,
  RecordBaseline: evidence.recordBaseline,
  ReportResult: attempts.reportResult,
  ReportError: attempts.reportError,
  ReportCancelled: attempts.reportCancelled,
  AskInput: attempts.askInput,
  AnswerInput: attempts.answerInput,
  SendMessage: attempts.sendMessage,
  LoseAttempt: attempts.loseAttempt,
  LoseTower: attempts.loseTower,
  Tick: attempts.tick,
  RegisterAgent: agents.registerAgent,
  ConfigureAgents: agents.configureAgents,
  StartAgent: agents.startAgent,
  StopAgent: agents.stopAgent,
  RestartAgent: agents.restartAgent,
  ReportAgentFailure: agents.reportAgentFailure,
  ReportAgentRecovery: agents.reportAgentRecovery,
  DismissAgent: agents.dismissAgent,
  ReportPresence: agents.reportPresence,
  ReportProcess: agents.reportProcess,
};

/**
 * What a command makes happen on this board: the one place where the rules are.
 * @throws {Refusal} when it is not allowed; the board is unchanged.
 */
export function decide(context: RuleContext, command: Command): Decision {
  authorize(context.board, context.by, command);
  const rule = RULES[command.type] as (context: RuleContext, command: Command) => Decision;
  return inEnglish(() => counted(context, rule(context, command)));
}
