import './language';
import * as l10n from '@vscode/l10n';
import '../kit/jitless';
import '../logs/logs.css';
import './web.css';
import { render } from 'preact';
import type { LogScope } from '../../server/domain/logQuery';
import { LogsApp } from '../logs/logsApp';
import { LogsModel } from '../logs/logsModel';
import type { FromLogs, KeptLogs, ToLogs } from '../protocol';
import { showText } from './commands';
import { openPage, type Bridge } from './page';
import { Shell } from './shell';
import { kept } from './storedState';

/** The tasks and agents that the address names. */
function scopeIn(query: URLSearchParams): LogScope | undefined {
  const [task, agent] = [query.get('task'), query.get('agent')];
  if (task === null && agent === null) return undefined;
  return { ...(task === null ? {} : { taskIds: [task] }), ...(agent === null ? {} : { agents: [agent] }) };
}

/** Opens a line whole. */
async function openLine({ stage }: Bridge, { taskId, place, text, title }: FromLogs['panel/line']): Promise<void> {
  const tower = await stage.tower;
  const scope = { taskIds: [taskId] };
  const page = place === undefined ? undefined : await tower.query({ type: 'LogPage', scope, place, direction: 'around', limit: 2 });
  showText(stage, l10n.t('Line of {0}', title), page?.lines.find((line) => line.place === place)?.text ?? text);
}

/** Has the browser save the lines that pass; the tower streams them. */
function exportLines({ stage }: Bridge, { scope, match, format }: FromLogs['panel/export']): void {
  const query = new URLSearchParams({ format });
  if (scope.taskIds) query.set('task', scope.taskIds.join(','));
  if (scope.agents) query.set('agent', scope.agents.join(','));
  if (scope.attempt !== undefined) query.set('attempt', String(scope.attempt));
  if (scope.level !== undefined) query.set('level', scope.level);
  if (scope.only !== undefined) query.set('only', scope.only);
  if (scope.from !== undefined) query.set('from', new Date(scope.from).toISOString());
  if (scope.to !== undefined) query.set('to', new Date(scope.to).toISOString());
  if (match) {
    query.set('text', match.text);
    for (const flag of ['regex', 'wholeWord', 'matchCase'] as const) query.set(flag, String(match[flag] ?? false));
  }
  stage.download(`/api/logs/export?${query.toString()}`, `tasktower-log.${format}`);
}

void openPage({
  name: 'logs',
  show: (_, query, tell) => {
    const [before, scope] = [kept<KeptLogs>('logs'), scopeIn(query)];
    // The same address is the same wish, also after a reload.
    const asked = [...location.search].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) | 0, 1);
    const show: ToLogs['panel/show'] = { asked, singleKeys: true, ...(before ? { kept: before } : {}), ...(scope ? { scope } : {}) };
    tell('panel/show', show);
  },
  hear: (bridge, method, params: never) => {
    const { stage } = bridge;
    if (method === 'panel/copy') void stage.try(() => navigator.clipboard.writeText((params as FromLogs['panel/copy']).text));
    else if (method === 'panel/line') void stage.try(() => openLine(bridge, params));
    else if (method === 'panel/export') void stage.try(async () => exportLines(bridge, params));
    else return false;
    return true;
  },
  draw: ({ api, port, stage }, root) =>
    render(
      <Shell stage={stage}>
        <LogsApp model={new LogsModel(api, port)} />
      </Shell>,
      root,
    ),
});
