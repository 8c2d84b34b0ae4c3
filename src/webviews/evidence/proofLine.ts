import * as l10n from '@vscode/l10n';
import { checkRequirements, requirementText, type Check, type Requirement } from '../../server/domain/requirement';
import type { Attempt, Task } from '../../server/domain/task';
import { evidenceLabel } from '../../server/domain/evidence';
import { word } from '../../server/domain/words';

/** One requirement of the line `Proof: (v) screenshot (x) tests: 3 red (o) sign-off: yours`. */
export interface ProofItem {
  state: 'met' | 'open' | 'failed';
  text: string;
  /** What satisfies it is shown there. */
  tab: 'pictures' | 'metrics' | 'files' | 'verdict';
  /** The picture it is about, where there is one. */
  evidenceId?: string;
  /** The numbers it is about, where there are some. */
  category?: string;
}

/** How the attempt stands against what its task requires. */
export function proofLine(task: Task, attempt: Attempt | undefined): ProofItem[] {
  const evidence = attempt?.evidence ?? [];
  const isLast = attempt?.n === task.attempts.length;
  return checkRequirements(task.requires, evidence).map((check) => {
    const { requirement } = check;
    const about = evidence.findLast(
      (piece) =>
        piece.kind === 'screenshot' && 'name' in requirement && [piece.name, evidenceLabel(piece)].includes(requirement.name ?? piece.name),
    );
    const decided = isLast && check.state === 'review' && task.status === 'completed';
    const item = decided ? { state: 'met' as const, text: nameOf(requirement) } : standing(check, isLast ? task : undefined);
    const category = requirement.type === 'metric' ? requirement.category : requirement.type === 'tests' ? 'tests' : undefined;
    return {
      ...item,
      tab: tabOf(requirement),
      ...(category === undefined ? {} : { category }),
      ...(about && requirement.type !== 'metric' ? { evidenceId: about.id } : {}),
    };
  });
}

function standing({ requirement, state, reason }: Check, task: Task | undefined): Pick<ProofItem, 'state' | 'text'> {
  const name = nameOf(requirement);
  if (state === 'met') return { state: 'met', text: name };
  if (state === 'missing') return { state: 'failed', text: l10n.t('{0}: missing', name) };
  if (state === 'failed') return { state: 'failed', text: `${name}: ${reason ?? word('failed')}` };
  if (requirement.type !== 'signoff') return { state: 'open', text: `${name}: ${reason ?? l10n.t('yours')}` };
  if (task?.status === 'failed' && task.endedBy?.kind === 'person') return { state: 'failed', text: l10n.t('{0}: rejected', name) };
  return { state: 'open', text: task?.status === 'review' ? l10n.t('{0}: yours', name) : l10n.t('{0}: after the work', name) };
}

function nameOf(requirement: Requirement): string {
  switch (requirement.type) {
    case 'signoff':
      return l10n.t('sign-off');
    case 'tests':
      return l10n.t('tests');
    case 'metric':
      return `${requirement.category}${requirement.name ? `.${requirement.name}` : ''} ${requirement.compare} ${requirement.value}`;
    default:
      return requirementText(requirement);
  }
}

function tabOf({ type }: Requirement): ProofItem['tab'] {
  if (type === 'signoff') return 'verdict';
  if (type === 'patch') return 'files';
  return type === 'tests' || type === 'metric' ? 'metrics' : 'pictures';
}
