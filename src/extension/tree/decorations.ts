import * as l10n from '@vscode/l10n';
import type * as vscode from 'vscode';
import { TASK_SCHEME } from '../manifest';

const BADGES: Readonly<Record<string, vscode.FileDecoration>> = {
  urgent: { badge: '!!', tooltip: l10n.t('Urgent priority') },
  high: { badge: '!', tooltip: l10n.t('High priority') },
  low: { badge: '-', tooltip: l10n.t('Low priority') },
};

/** The badge of a task's priority; the priority stands in its address. */
export const priorityDecorations: vscode.FileDecorationProvider = {
  provideFileDecoration: ({ scheme, path }) => (scheme === TASK_SCHEME ? BADGES[path.split('/')[1] ?? ''] : undefined),
};
