/** Ids that package.json and the code share; a host test compares the two. */

export const Command = {
  createTask: 'tasktower.createTask',
  queueSelection: 'tasktower.queueSelection',
  queueProblems: 'tasktower.queueProblems',
  importTasks: 'tasktower.importTasks',
  editTask: 'tasktower.editTask',
  cancelTask: 'tasktower.cancelTask',
  retryTask: 'tasktower.retryTask',
  retryTaskWith: 'tasktower.retryTaskWith',
  retryFailed: 'tasktower.retryFailed',
  startNow: 'tasktower.startNow',
  moveUp: 'tasktower.moveUp',
  moveDown: 'tasktower.moveDown',
  setPriority: 'tasktower.setPriority',
  showDetails: 'tasktower.showDetails',
  showLogs: 'tasktower.showLogs',
  openResult: 'tasktower.openResult',
  openEvidence: 'tasktower.openEvidence',
  downloadEvidence: 'tasktower.downloadEvidence',
  acceptPicture: 'tasktower.acceptPicture',
  rejectPicture: 'tasktower.rejectPicture',
  undoVerdict: 'tasktower.undoVerdict',
  acceptPictures: 'tasktower.acceptPictures',
  answerTask: 'tasktower.answerTask',
  sendMessage: 'tasktower.sendMessage',
  continueTask: 'tasktower.continueTask',
  acceptTask: 'tasktower.acceptTask',
  rejectTask: 'tasktower.rejectTask',
  dismiss: 'tasktower.dismiss',
  deleteTask: 'tasktower.deleteTask',
  copyId: 'tasktower.copyId',
  pauseQueue: 'tasktower.pauseQueue',
  pauseAfterCurrent: 'tasktower.pauseAfterCurrent',
  resumeQueue: 'tasktower.resumeQueue',
  approveEachStart: 'tasktower.approveEachStart',
  startByItself: 'tasktower.startByItself',
  startAgent: 'tasktower.startAgent',
  stopAgent: 'tasktower.stopAgent',
  restartAgent: 'tasktower.restartAgent',
  startAllAgents: 'tasktower.startAllAgents',
  stopAllAgents: 'tasktower.stopAllAgents',
  setApiKey: 'tasktower.setApiKey',
  showAgentOutput: 'tasktower.showAgentOutput',
  addAgent: 'tasktower.addAgent',
  addFoundAgents: 'tasktower.addFoundAgents',
  reviewAgents: 'tasktower.reviewAgents',
  tryItNow: 'tasktower.tryItNow',
  getStarted: 'tasktower.getStarted',
  copyConnect: 'tasktower.copyConnect',
  copyAgentToken: 'tasktower.copyAgentToken',
  revokeAgentToken: 'tasktower.revokeAgentToken',
  rotateTokens: 'tasktower.rotateTokens',
  connectTower: 'tasktower.connectTower',
  leaveTower: 'tasktower.leaveTower',
  signOutTower: 'tasktower.signOutTower',
  openDashboard: 'tasktower.openDashboard',
  openLogs: 'tasktower.openLogs',
  openAnalytics: 'tasktower.openAnalytics',
  logCopy: 'tasktower.logs.copy',
  logCopyColumns: 'tasktower.logs.copyColumns',
  logCopyJson: 'tasktower.logs.copyJson',
  logFilterAgent: 'tasktower.logs.filterAgent',
  logOnlyLevel: 'tasktower.logs.onlyLevel',
  logOpenLine: 'tasktower.logs.openLine',
  logColumnTime: 'tasktower.logs.column.time',
  logColumnLevel: 'tasktower.logs.column.level',
  logColumnAgent: 'tasktower.logs.column.agent',
  logColumnTask: 'tasktower.logs.column.task',
  openSettings: 'tasktower.openSettings',
  searchHistory: 'tasktower.searchHistory',
  deleteOld: 'tasktower.deleteOld',
  deleteAllFinished: 'tasktower.deleteAllFinished',
  exportHistory: 'tasktower.exportHistory',
  nextNeedsMe: 'tasktower.nextNeedsMe',
  focusTasks: 'tasktower.focusTasks',
  showMore: 'tasktower.showMore',
  showLog: 'tasktower.showLog',
  report: 'tasktower.report',
  manageTrust: 'tasktower.manageTrust',
  reconnect: 'tasktower.reconnect',
  retryStart: 'tasktower.retryStart',
  raiseLimit: 'tasktower.raiseLimit',
} as const;

export const View = { needsYou: 'tasktower.needsYou', tasks: 'tasktower.tasks', agents: 'tasktower.agents' } as const;

/** Editor tabs with a page of ours. */
export const Panel = {
  dashboard: 'tasktower.dashboard',
  logs: 'tasktower.logs',
  evidence: 'tasktower.evidence',
  analytics: 'tasktower.analytics',
} as const;

/** The id of the MCP servers that the extension provides. */
export const MCP_PROVIDER = 'tasktower.mcp';
/** Tools of the editor's own language models. */
export const ModelTool = { showTask: 'tasktower_show_task', openProof: 'tasktower_open_proof' } as const;

/** Settings under `tasktower`. */
export const Setting = {
  agents: 'agents',
  maxRunning: 'queue.maxRunning',
  reviewCap: 'queue.reviewCap',
  accountCaps: 'queue.accountCaps',
  breaker: 'queue.breaker',
  prices: 'cost.prices',
  freeModels: 'cost.freeModels',
  budgetPerTask: 'budget.perTask',
  budgetPerAgentDay: 'budget.perAgentDay',
  budgetPerDay: 'budget.perDay',
  requires: 'proof.requires',
  singleKeys: 'evidence.singleKeys',
  keepDays: 'evidence.keepDays',
  keepMegabytes: 'evidence.keepMegabytes',
  port: 'server.port',
  fsync: 'storage.fsync',
  terminals: 'terminals.enabled',
  notify: 'notify',
  notifySound: 'notify.sound',
} as const;

/** Context keys for `when` clauses. */
export const Context = {
  state: 'tasktower.state',
  paused: 'tasktower.paused',
  approval: 'tasktower.approval',
  role: 'tasktower.role',
  agentsFound: 'tasktower.agentsFound',
  agentsToReview: 'tasktower.agentsToReview',
} as const;

/** The walkthrough, as the editor names it. */
export const WALKTHROUGH = 'tasktower.tasktower#tasktower.start';

/** The scheme of documents made by the extension: details, logs, results. */
export const SCHEME = 'tasktower';
/** The scheme of the two sides of a patch. */
export const PATCH_SCHEME = 'tasktower-patch';
/** The scheme that carries priority badges. */
export const TASK_SCHEME = 'tasktower-task';
