import * as l10n from '@vscode/l10n';
import { useRef, useState } from 'preact/hooks';
import { agentStatus } from '../../server/domain/agentStatus';
import { duration } from '../../server/domain/format';
import type { Scene } from '../../server/domain/rows/row';
import { queuePosition } from '../../server/domain/order';
import { waitReason } from '../../server/domain/waiting';
import { PROOFS } from '../../server/domain/proofs';
import { spoken } from '../../server/domain/spoken';
import { Button } from '../kit/button';
import { Choice, TextArea, TextField } from '../kit/toolkit';
import type { DashboardStore } from './dashboardStore';
import { emptyDraft, kindOf, readDraft, type Draft } from './form';
import { word } from '../../server/domain/words';
import { join } from '../../server/domain/rows/row';

const PRIORITIES = [
  { key: 'normal', text: l10n.t('Normal') },
  { key: 'urgent', text: l10n.t('Urgent') },
  { key: 'high', text: l10n.t('High') },
  { key: 'low', text: l10n.t('Low') },
] as const;

interface Props {
  store: DashboardStore;
  scene: Scene;
  draft: Draft;
  /** Why nothing can be queued now. */
  frozen: string | undefined;
  update: (change: Partial<Draft>) => void;
  onQueued: (taskId: string, text: string) => void;
  onClose: () => void;
}

/** The form for a new task, under the toolbar; what is typed stays until a task is made of it. */
export function NewTaskForm({ store, scene, draft, frozen, update, onQueued, onClose }: Props) {
  const [errors, setErrors] = useState<Partial<Record<keyof Draft, string>>>({});
  const [refused, setRefused] = useState('');
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLElement>(null);
  const more = useRef<HTMLDetailsElement>(null);
  const requires = store.show?.requires ?? [];
  const set = (change: Partial<Draft>): void => {
    update(change);
    setErrors({});
    setRefused('');
  };
  const queue = async (): Promise<void> => {
    if (frozen !== undefined) return setRefused(frozen);
    const read = readDraft(draft);
    if (read.errors) {
      const hidden = Object.keys(read.errors).some((name) => !SHOWN.has(name));
      // At once: a toggle event of the click before may still be under way.
      if (hidden && more.current) more.current.open = true;
      if (hidden) update({ more: true });
      setErrors(read.errors);
      // The field is there after the next frame, also when it was folded away.
      return void requestAnimationFrame(() => focusFirstError(form.current));
    }
    setBusy(true);
    try {
      const { taskId = '', number } = await store.execute({ type: 'CreateTask', spec: read.spec });
      update({ ...emptyDraft(requires), more: draft.more });
      onQueued(taskId, queuedText(store, taskId, number));
    } catch (error) {
      setRefused(spoken(error));
    } finally {
      setBusy(false);
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void queue();
    else if (event.key === 'Escape') onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const text = (name: keyof Draft, label: string, placeholder = '') => (
    <TextField
      label={label}
      placeholder={placeholder}
      value={String(draft[name])}
      error={errors[name]}
      onChange={(value) => set({ [name]: value })}
    />
  );
  const own = draft.requires.filter((one) => !PROOFS.some(({ requires }) => requires === one));
  return (
    <section ref={form} class="form" aria-label={l10n.t('New task')} onKeyDown={onKeyDown}>
      <TextArea
        label={l10n.t('What should be done?')}
        placeholder={l10n.t('The first line is the title')}
        value={draft.prompt}
        error={errors.prompt}
        autofocus
        onChange={(prompt) => set({ prompt })}
      />
      <div class="form-row">
        <Choice
          label={l10n.t('Agent')}
          options={agentsOf(scene, store, draft)}
          current={draft.agent}
          onChange={(agent) => set({ agent })}
        />
        <Choice
          label={l10n.t('Priority')}
          options={PRIORITIES}
          current={draft.priority}
          onChange={(priority) => set({ priority: priority as Draft['priority'] })}
        />
      </div>
      <fieldset class="chips">
        <legend>{l10n.t('Proof')}</legend>
        {[...PROOFS, ...own.map((one) => ({ label: one, description: l10n.t('asked for by this workspace'), requires: one }))].map(
          ({ label, description, requires }) => {
            const isOn = draft.requires.includes(requires);
            return (
              <button
                key={requires}
                type="button"
                class="chip"
                title={description}
                aria-pressed={isOn}
                onClick={() => set({ requires: isOn ? draft.requires.filter((one) => one !== requires) : [...draft.requires, requires] })}
              >
                {label}
              </button>
            );
          },
        )}
      </fieldset>
      <details ref={more} class="more" open={draft.more} onToggle={(event) => update({ more: event.currentTarget.open })}>
        <summary>{l10n.t('More')}</summary>
        <div class="form-grid">
          {text('title', l10n.t('Title'), l10n.t('First line of the text'))}
          {text('proof', l10n.t('Other proof'), 'metric:performance.score>=80')}
          {text('kind', l10n.t('Kind'), 'review')}
          {text('skills', l10n.t('Skills'), 'browser, a11y')}
          {text('after', l10n.t('After'), '#12, #14')}
          {text('continues', l10n.t('Goes on from'), '#12')}
          {text('folder', l10n.t('Folder'), l10n.t('The first workspace folder'))}
          {text('minutes', l10n.t('Time limit, minutes'))}
          {text('attempts', l10n.t('Attempts at most'))}
          {text('costUsd', l10n.t('Cost limit, US dollars'))}
          {text('externalId', l10n.t('External id'))}
          {text('callbackUrl', l10n.t('Callback address'), 'https://')}
          <TextArea
            label={l10n.t('Fields for the agent')}
            placeholder="num_agents=4"
            rows={2}
            value={draft.fields}
            error={errors.fields}
            onChange={(fields) => set({ fields })}
          />
        </div>
      </details>
      {refused ? (
        <p class="field-error" role="alert">
          {refused}
        </p>
      ) : null}
      <div class="form-actions">
        <Button kind="primary" onClick={() => void queue()} disabled={isBusy ? l10n.t('It is being queued.') : frozen}>
          {l10n.t('Queue Task')}
        </Button>
        <Button onClick={onClose}>{l10n.t('Close')}</Button>
        <span class="quiet">{l10n.t('Ctrl+Enter queues it. What you typed is kept.')}</span>
      </div>
    </section>
  );
}

const SHOWN: ReadonlySet<string> = new Set(['prompt', 'agent', 'priority']);

function focusFirstError(form: HTMLElement | null): void {
  form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
}

/** `#22 queued. Queue 5, waits for Code Gen.` */
function queuedText(store: DashboardStore, taskId: string, number: number | undefined): string {
  const scene = store.scene(Date.now());
  const task = store.task(taskId);
  if (!scene || task?.status !== 'pending') return l10n.t('#{0} queued.', number ?? '');
  return l10n.t(
    '#{0} queued. Queue {1}, {2}.',
    number ?? '',
    queuePosition(scene.board, task),
    waitReason(scene.board, scene.live, task, scene.now).text,
  );
}

/** The agents with how long they usually take for a task like the one that is written. */
function agentsOf({ board, live }: Scene, store: DashboardStore, draft: Draft): { key: string; text: string }[] {
  const kind = kindOf(draft);
  const agents = [...board.agents.values()].map((agent) => {
    const status = agentStatus(board, live, agent);
    const estimate = store.estimateOf(agent.id, kind);
    const usual = estimate ? l10n.t('usually {0} (n={1})', duration(estimate.medianMs), estimate.n) : '';
    return {
      key: agent.name,
      text: join(agent.name, status === 'offline' && agent.managed ? l10n.t('offline, will be started') : word(status), usual),
    };
  });
  return [{ key: '', text: l10n.t('Any agent') }, ...agents];
}
