import * as l10n from '@vscode/l10n';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CommandInput } from '../../server/domain/command';
import { evidenceLabel } from '../../server/domain/evidence';
import { clock, counted } from '../../server/domain/format';
import { taskName, type Task } from '../../server/domain/task';
import type { PanelModel } from './panelModel';
import { acceptAll, nextOpen, retryCommand, wantsVerdict } from './review';
import type { Panel } from './usePanel';
import { word } from '../../server/domain/words';
import { spoken } from '../../server/domain/spoken';

/** What a person decides, as commands to the tower. */
export interface Verdicts {
  /** The note of a rejection is asked for. */
  isAsking: boolean;
  /** @returns false when there is nothing to reject, which is said. */
  ask: (isAsking: boolean) => boolean;
  /** Why this person decides nothing; undefined = they do. */
  forbidden: string | undefined;
  /** Why nothing can be decided now; undefined = it can. */
  blocked: string | undefined;
  accept: () => void;
  reject: () => void;
  /** Takes back what was just decided, or the verdict of the picture on the stage. */
  undo: () => void;
  acceptAll: () => void;
  retry: () => void;
}

interface Given {
  attempt: number;
  evidenceIds: string[];
  what: string;
}

/** True when the verdict is about the task as a whole: it waits for a sign-off, and no picture does. */
export function isSignOff({ proof, attempt, review, picture }: PanelModel, tab: string): boolean {
  const { task } = proof;
  if (task.status !== 'review' || attempt?.n !== task.attempts.length || review.open.length > 0) return false;
  return tab !== 'pictures' || picture === undefined || !wantsVerdict(picture);
}

/** The key under which the draft of a note is kept. */
export function noteKey(model: PanelModel, tab: string): string {
  return isSignOff(model, tab) ? 'task' : (model.picture?.key ?? 'task');
}

export function useVerdicts(panel: Panel, focusStage: () => void): Verdicts {
  const { store, state, model, say, update, select, evidence } = panel;
  const [isAsking, setAsking] = useState(false);
  useEffect(() => setAsking(false), [model?.picture?.key, state.tab]);
  const isBusy = useRef(false);
  const given = useRef<Given[]>([]);
  // What was decided about another task is not undone here.
  useEffect(() => void (given.current = []), [model?.proof.task.id]);

  const run = (command: CommandInput, done: () => void): void => {
    if (isBusy.current) return;
    isBusy.current = true;
    store
      .execute(command)
      .then(done, (error: unknown) => say({ icon: 'error', text: spoken(error) }))
      .finally(() => (isBusy.current = false));
  };
  const forbidden = store.whyNot('tasktower.acceptPicture');
  const stale = evidence.staleSince === undefined ? undefined : l10n.t('Not connected since {0}.', clock(evidence.staleSince, Date.now()));
  const blocked = forbidden ?? stale;

  const judge = (verdict: 'accepted' | 'rejected', note?: string): void => {
    const picture = model?.picture;
    if (!model || !picture?.evidence) return;
    const { evidence: piece, label } = picture;
    const next = nextOpen(model.pictures, picture.key);
    const attempt = model.attempt?.n ?? 0;
    const command = {
      type: 'JudgeEvidence',
      taskId: model.proof.task.id,
      attempt,
      evidenceIds: [piece.id],
      verdict,
    } satisfies CommandInput;
    run({ ...command, ...(note ? { note } : {}) }, () => {
      given.current.push({ attempt, evidenceIds: [piece.id], what: label });
      finish(picture.key);
      if (next) select(next.key);
      if (verdict === 'accepted') say({ icon: 'check', text: l10n.t('Accepted {0}.', label), undo: true });
      else
        say({
          icon: 'request-changes',
          text: note ? l10n.t('Rejected {0}. Your note goes into the next attempt.', label) : l10n.t('Rejected {0}.', label),
          undo: true,
        });
    });
  };
  const signOff = (task: Task, verdict: 'accepted' | 'rejected', note?: string): void =>
    run({ type: 'SignOff', taskId: task.id, verdict, ...(note ? { note } : {}) }, () => {
      finish('task');
      say(
        verdict === 'accepted'
          ? { icon: 'check', text: l10n.t('{0} is accepted.', taskName(task)) }
          : {
              icon: 'request-changes',
              text: note
                ? l10n.t('{0} is rejected. Your note goes into the next attempt.', taskName(task))
                : l10n.t('{0} is rejected.', taskName(task)),
            },
      );
    });
  const finish = (key: string): void => {
    setAsking(false);
    update((before) => ({ ...before, notes: Object.fromEntries(Object.entries(before.notes).filter(([one]) => one !== key)) }));
    focusStage();
  };
  const refusal = (model: PanelModel): string | undefined => {
    if (isSignOff(model, state.tab)) return undefined;
    const { evidence: piece, label = '' } = model.picture ?? {};
    const given = piece && piece.verdict !== 'unreviewed' ? l10n.t('{0} is {1} already.', label, word(piece.verdict)) : undefined;
    return whyNot(model, state.tab) ?? given;
  };
  const sayNo = (text: string): void => say({ icon: blocked === undefined ? 'info' : 'error', text });
  const decide = (verdict: 'accepted' | 'rejected'): void => {
    if (!model) return;
    const reason = blocked ?? refusal(model);
    if (reason !== undefined) return sayNo(reason);
    const note = verdict === 'rejected' ? (state.notes[noteKey(model, state.tab)] ?? '').trim() : '';
    if (isSignOff(model, state.tab)) signOff(model.proof.task, verdict, note);
    else judge(verdict, note);
  };

  return {
    isAsking,
    ask: (wanted) => {
      const reason = wanted && model ? (blocked ?? refusal(model)) : undefined;
      if (reason !== undefined) sayNo(reason);
      else setAsking(wanted);
      return reason === undefined;
    },
    forbidden,
    blocked,
    accept: () => decide('accepted'),
    reject: () => decide('rejected'),
    undo: () => {
      if (blocked !== undefined) return sayNo(blocked);
      const piece = model?.picture?.evidence;
      const own =
        piece && piece.verdict !== 'unreviewed'
          ? { attempt: model?.attempt?.n ?? 0, evidenceIds: [piece.id], what: evidenceLabel(piece) }
          : undefined;
      // What the message offers to undo comes first, then what is looked at, then what was decided before.
      const last = panel.message?.undo || !own ? given.current.pop() : own;
      if (!last || !model) return say({ icon: 'info', text: l10n.t('There is no verdict to undo.') });
      const { attempt, evidenceIds, what } = last;
      run({ type: 'JudgeEvidence', taskId: model.proof.task.id, attempt, evidenceIds, verdict: 'unreviewed' }, () => {
        update({ tab: 'pictures', attempt, against: 'baseline', picture: evidenceIds[0] ?? '', zoom: 'fit', area: -1 });
        say({
          icon: 'discard',
          text: evidenceIds.length > 1 ? l10n.t('Undone. {0} have no verdict.', what) : l10n.t('Undone. {0} has no verdict.', what),
        });
        focusStage();
      });
    },
    acceptAll: () => {
      const { evidenceIds } = acceptAll(model?.pictures ?? []);
      const attempt = model?.attempt?.n;
      if (!model || attempt === undefined || evidenceIds.length === 0) return;
      const what = counted(evidenceIds.length, l10n.t('{0} picture'), l10n.t('{0} pictures'));
      run({ type: 'JudgeEvidence', taskId: model.proof.task.id, attempt, evidenceIds, verdict: 'accepted' }, () => {
        given.current.push({ attempt, evidenceIds, what });
        say({ icon: 'check', text: l10n.t('Accepted {0}.', what), undo: true });
        focusStage();
      });
    },
    retry: () => {
      const command = model && retryCommand(model.proof.task, model.pictures);
      if (command)
        run(command, () => say({ icon: 'check', text: l10n.t('{0} is tried again, with your notes.', taskName(model.proof.task)) }));
    },
  };
}

/** Why there is nothing to decide about what is shown; undefined when there is. */
export function whyNot({ against, picture, attempt, review }: PanelModel, tab: string): string | undefined {
  if (tab !== 'pictures')
    return review.open.length > 0 ? l10n.t('Verdicts are given on the pictures.') : l10n.t('There is nothing to decide here.');
  if (against !== 'baseline') return l10n.t('A verdict is given against the baseline.');
  if (!picture) return l10n.t('There is no picture to decide about.');
  if (!picture.evidence) return l10n.t('Attempt {0} handed in no picture of this name.', attempt?.n ?? 0);
  if (picture.group === 'waiting') return l10n.t('This picture is still being compared.');
  return picture.group === 'unchanged' ? l10n.t('Nothing to decide: this picture shows nothing new.') : undefined;
}
