import * as l10n from '@vscode/l10n';
import { Chip } from './chip';
import {
  agentChoices,
  agentText,
  attemptChoices,
  levelChange,
  levelChoices,
  levelText,
  taskChoices,
  taskText,
  timeChoices,
  timeText,
  toggled,
} from './filters';
import type { LogsModel } from './logsModel';

/** What the log is filtered to. */
export function Chips({ model }: { model: LogsModel }) {
  const { state, names, tower, onlyTask } = model;
  const { scope, last } = state;
  const attempts = onlyTask === undefined ? 0 : Math.max(names.attempts(onlyTask), scope.attempt ?? 0);
  const hasTime = last !== undefined || scope.from !== undefined || scope.to !== undefined;
  const setTime = (ms: string): void => {
    const { last: _, ...rest } = state;
    const { from: __, to: ___, ...others } = scope;
    model.become({ ...rest, scope: others, ...(ms === '' ? {} : { last: Number(ms) }) });
  };
  return (
    <div class="chips" role="group" aria-label={l10n.t('Filter')}>
      <Chip
        label={l10n.t('Agents')}
        text={agentText(scope, names)}
        choices={agentChoices(tower.board, scope)}
        isMany
        onChoose={(key) => model.setScope({ agents: toggled(scope.agents, key) })}
        onClear={scope.agents && (() => model.setScope({ agents: undefined }))}
      />
      <Chip
        label={l10n.t('Tasks')}
        text={taskText(scope, names)}
        choices={taskChoices(tower.board, scope)}
        isMany
        onChoose={(key) => model.setScope({ taskIds: toggled(scope.taskIds, key) })}
        onClear={scope.taskIds && (() => model.setScope({ taskIds: undefined }))}
      />
      {attempts > 1 ? (
        <Chip
          label={l10n.t('Attempt')}
          text={scope.attempt === undefined ? l10n.t('All attempts') : l10n.t('Attempt {0}', scope.attempt)}
          choices={attemptChoices(attempts, scope)}
          onChoose={(key) => model.setScope({ attempt: key === '' ? undefined : Number(key) })}
          onClear={scope.attempt === undefined ? undefined : () => model.setScope({ attempt: undefined })}
        />
      ) : null}
      <Chip
        label={l10n.t('Level')}
        text={levelText(scope)}
        choices={levelChoices(scope)}
        onChoose={(key) => model.setScope(levelChange(key))}
        onClear={(scope.level ?? scope.only) ? () => model.setScope(levelChange('')) : undefined}
      />
      <Chip
        label={l10n.t('Time')}
        text={timeText(state, Date.now())}
        choices={timeChoices(state)}
        onChoose={setTime}
        onClear={hasTime ? () => setTime('') : undefined}
      />
    </div>
  );
}
