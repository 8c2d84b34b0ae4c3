import * as l10n from '@vscode/l10n';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button, IconButton } from '../kit/button';
import { Dialog } from '../kit/dialog';
import { Icon } from '../kit/icon';
import { Listeners } from '../kit/listeners';

/** How long a toast stays, ms: one that only tells, and one that asks for something. */
const TELLS_MS = 6_000;
const ASKS_MS = 30_000;
const MOST_TOASTS = 4;

export interface Toast {
  text: string;
  tone?: 'info' | 'bad';
  /** The first opens the exact thing. */
  actions?: readonly { text: string; run: () => void }[];
}

interface Shown extends Toast {
  id: number;
}

interface Modal {
  title: string;
  body: (close: () => void) => ComponentChildren;
  actions: (close: () => void) => ComponentChildren;
  isWide?: boolean;
  onClose?: () => void;
}

export interface Choice<T> {
  text: string;
  about?: string;
  value: T;
}

/** What lies over a page: dialogs and toasts, where an editor has its own. */
export class Overlay {
  private readonly changed = new Listeners<void>();
  readonly onDidChange = this.changed.event;
  modal: Modal | undefined;
  toasts: readonly Shown[] = [];
  private ids = 0;

  /** Tells something without asking for the focus. */
  toast(toast: Toast): void {
    const id = ++this.ids;
    this.toasts = [...this.toasts, { ...toast, id }].slice(-MOST_TOASTS);
    setTimeout(() => this.dismiss(id), toast.actions ? ASKS_MS : TELLS_MS);
    this.changed.fire();
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
    this.changed.fire();
  }

  show(modal: Modal): void {
    this.modal = modal;
    this.changed.fire();
  }

  close = (): void => {
    const { modal } = this;
    if (!modal) return;
    this.modal = undefined;
    this.changed.fire();
    modal.onClose?.();
  };

  /** Asks before something that cannot be taken back. */
  confirm(question: string, verb: string, keep = l10n.t('Keep')): Promise<boolean> {
    return this.answer<boolean>((settle) => ({
      title: verb,
      body: () => <p>{question}</p>,
      actions: () => (
        <>
          <Button kind="primary" onClick={() => settle(true)}>
            {verb}
          </Button>
          <Button onClick={() => settle(false)}>{keep}</Button>
        </>
      ),
    })).then((answer) => answer === true);
  }

  /** Asks for words; undefined when the person thinks better of it. */
  ask(
    title: string,
    { prompt, value = '', rows = 1, verb = l10n.t('Send') }: { prompt?: string; value?: string; rows?: number; verb?: string } = {},
  ) {
    let text = value;
    return this.answer<string>((settle) => ({
      title,
      body: () => <Words {...{ prompt, value, rows, title }} onChange={(now) => (text = now)} onDone={() => settle(text)} />,
      actions: (close) => (
        <>
          <Button kind="primary" onClick={() => settle(text)}>
            {verb}
          </Button>
          <Button onClick={close}>{l10n.t('Never Mind')}</Button>
        </>
      ),
    }));
  }

  /** Asks for one of several; undefined when the person thinks better of it. */
  pick<T>(title: string, choices: readonly Choice<T>[], prompt?: string): Promise<T | undefined> {
    return this.answer<T>((settle) => ({
      title,
      body: () => (
        <>
          {prompt ? <p>{prompt}</p> : null}
          <ul class="choices">
            {choices.map(({ text, about, value }) => (
              <li key={text}>
                <button type="button" class="choice" onClick={() => settle(value)}>
                  <span>{text}</span>
                  {about ? <span class="quiet">{about}</span> : null}
                </button>
              </li>
            ))}
          </ul>
        </>
      ),
      actions: (close) => <Button onClick={close}>{l10n.t('Never Mind')}</Button>,
    }));
  }

  private answer<T>(modalOf: (settle: (value: T) => void) => Modal): Promise<T | undefined> {
    return new Promise((resolve) => {
      let answer: T | undefined;
      const modal = modalOf((value) => {
        answer = value;
        this.close();
      });
      this.show({ ...modal, onClose: () => resolve(answer) });
    });
  }
}

function Words({
  title,
  prompt,
  value,
  rows,
  onChange,
  onDone,
}: {
  title: string;
  prompt: string | undefined;
  value: string;
  rows: number;
  onChange: (text: string) => void;
  onDone: () => void;
}) {
  return (
    <label class="words">
      {prompt ? <span>{prompt}</span> : null}
      <textarea
        class="input"
        rows={rows}
        aria-label={prompt ?? title}
        onInput={(event) => onChange(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || (rows > 1 && !event.ctrlKey && !event.metaKey) || event.shiftKey) return;
          event.preventDefault();
          onDone();
        }}
      >
        {value}
      </textarea>
    </label>
  );
}

export function OverlayView({ overlay }: { overlay: Overlay }) {
  const [, draw] = useState(0);
  useEffect(() => {
    const subscription = overlay.onDidChange(() => draw((n) => n + 1));
    return () => subscription.dispose();
  }, [overlay]);
  const { modal, toasts } = overlay;
  return (
    <>
      <div class="toasts" role="status" aria-live="polite">
        {toasts.map(({ id, text, tone, actions = [] }) => (
          <div key={id} class="toast">
            <Icon name={tone === 'bad' ? 'error' : 'info'} tone={tone === 'bad' ? 'bad' : 'running'} />
            <p>{text}</p>
            <IconButton icon="close" label={l10n.t('Dismiss')} onClick={() => overlay.dismiss(id)} />
            {actions.length > 0 ? (
              <div class="toast-actions">
                {actions.map((action) => (
                  <Button
                    key={action.text}
                    onClick={() => {
                      overlay.dismiss(id);
                      action.run();
                    }}
                  >
                    {action.text}
                  </Button>
                ))}
              </div>
            ) : null}
          </div>
        ))}
      </div>
      {modal ? (
        <div class={modal.isWide ? 'wide' : undefined} key={modal.title}>
          <Dialog title={modal.title} actions={modal.actions(overlay.close)} onClose={overlay.close}>
            {modal.body(overlay.close)}
          </Dialog>
        </div>
      ) : null}
    </>
  );
}
