import * as l10n from '@vscode/l10n';
import type { Role } from './task';

/** Who works with a tower. Without a role it is their own. */
export interface You {
  name: string;
  role?: Role;
  readsEvidence?: boolean;
}

/** Commands of the editor and of the pages, without `tasktower.`, that change nothing on a tower. */
const LOOKS: ReadonlySet<string> = new Set([
  ...[
    'showDetails',
    'showLogs',
    'showAgentOutput',
    'showMore',
    'showLog',
    'reconnect',
    'retryStart',
    'report',
    'copyId',
    'nextNeedsMe',
    'focusTasks',
  ],
  ...['openResult', 'openEvidence', 'downloadEvidence', 'openDashboard', 'openLogs', 'openAnalytics', 'openSettings', 'raiseLimit'],
  ...['searchHistory', 'exportHistory', 'manageTrust', 'retryStart', 'getStarted', 'connectTower', 'leaveTower', 'signOutTower'],
  // What these write is the editor's own; a team's tower makes its tokens where it runs.
  ...['addAgent', 'addFoundAgents', 'reviewAgents', 'setApiKey', 'copyConnect', 'copyAgentToken', 'revokeAgentToken', 'rotateTokens'],
  ...['logs.copy', 'logs.copyJson', 'logs.copyColumns', 'logs.filterAgent', 'logs.onlyLevel', 'logs.openLine'],
  ...['logs.column.time', 'logs.column.level', 'logs.column.agent', 'logs.column.task'],
]);
const RULES: ReadonlySet<string> = new Set([
  ...['startAgent', 'stopAgent', 'restartAgent', 'startAllAgents', 'stopAllAgents', 'approveEachStart', 'startByItself'],
]);
const PROOF: ReadonlySet<string> = new Set(['openEvidence', 'downloadEvidence']);

/** The least role that a command takes. `permissions.ts` decides; this tells beforehand. */
export function roleFor(command: string): Role {
  const name = bare(command);
  if (LOOKS.has(name)) return 'viewer';
  return RULES.has(name) ? 'admin' : 'operator';
}

/** Why someone may not run a command, for people; undefined = they may try. */
export function whyNotRun({ role = 'admin', readsEvidence = true }: Omit<You, 'name'>, command: string): string | undefined {
  if (!readsEvidence && PROOF.has(bare(command))) return l10n.t('Your role may not open evidence on this tower. Ask an admin.');
  const least = roleFor(command);
  if (role === 'viewer' && least !== 'viewer') return l10n.t('Viewers can watch. Ask an admin to make you an operator.');
  return role === 'operator' && least === 'admin' ? l10n.t('This takes an admin. Ask one.') : undefined;
}

function bare(command: string): string {
  return command.replace(/^tasktower\./, '');
}
