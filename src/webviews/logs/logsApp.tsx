import * as l10n from '@vscode/l10n';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Button } from '../kit/button';
import { Dialog } from '../kit/dialog';
import { KEY_HELP } from './keyMap';
import { LineActions } from './lineActions';
import { LinesView } from './linesView';
import type { LogsModel } from './logsModel';
import { Banner, EmptyView, ErrorView, LoadingView, MessageLine, Pill } from './states';
import { Toolbar } from './toolbar';
import { useFrames } from './useFrames';
import { useKeys } from './useKeys';

/** The Logs panel. */
export function LogsApp({ model }: { model: LogsModel }) {
  useFrames(model.onDidChange);
  const [hasKeys, setKeys] = useState(false);
  const actions = useMemo(() => new LineActions(model), [model]);
  const lines = useRef<HTMLDivElement>(null);
  const openKeys = (): void => setKeys(true);
  useKeys({ model, actions, openKeys });
  useEffect(() => {
    const subscription = model.onDidAct(({ action, key }) => actions.act(action, key));
    return () => subscription.dispose();
  }, [model, actions]);
  const { state, cache, names, tower, onlyTask } = model;
  const { error, isLoading } = model.reader;
  const isEmpty = cache.lines.length === 0;
  const hidden = [...state.hidden.map((column) => `no-${column}`), ...(onlyTask === undefined ? [] : ['no-task'])];
  // Columns are as wide as their longest text, so that they align on every page.
  const agentWidth = Math.max(4, ...[...(tower.board?.agents.values() ?? [])].map(({ name }) => Math.min(14, name.length)));
  const taskWidth = Math.max(3, ...cache.lines.slice(-200).map(({ taskId }) => names.task(taskId).length));
  const widths = { '--agent': `${agentWidth}ch`, '--task': `${taskWidth}ch` };
  return (
    <main class={`logs${state.wrap ? ' wrap' : ''} ${hidden.join(' ')}`}>
      <h1 class="heard">{l10n.t('Logs')}</h1>
      <Toolbar model={model} focusLines={() => lines.current?.focus()} openKeys={openKeys} />
      <Banner model={model} />
      <div class="body" style={widths}>
        <LinesView model={model} actions={actions} lines={lines} />
        {!isEmpty ? null : isLoading ? (
          <LoadingView />
        ) : error === undefined ? (
          <EmptyView model={model} />
        ) : (
          <ErrorView model={model} error={error} />
        )}
        <div class="floating">
          <MessageLine model={model} />
          <Pill model={model} />
        </div>
      </div>
      <div class="heard" role="status" aria-live="polite">
        {model.spoken}
      </div>
      {hasKeys ? (
        <Dialog
          title={l10n.t('Keys')}
          actions={<Button onClick={() => setKeys(false)}>{l10n.t('Close')}</Button>}
          onClose={() => setKeys(false)}
        >
          <dl class="keys">
            {KEY_HELP.map(({ keys, text }) => (
              <div key={text}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
        </Dialog>
      ) : null}
    </main>
  );
}
