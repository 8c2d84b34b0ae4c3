import * as vscode from 'vscode';
import { PROBLEMS, SELECTION } from '../../server/domain/builtInTemplates';
import { Command } from '../manifest';
import type { CreateTask } from './createTask';
import { editorValues } from './editorValues';
import type { Handlers } from './handlers';
import { showInformation } from '../messages';

/** Tasks about what is in the editor. */
export function aboutCommands(createTask: Pick<CreateTask, 'from'>): Handlers {
  return {
    [Command.queueSelection]: async () => {
      const values = editorValues();
      if (values.selection === undefined) {
        void showInformation(vscode.l10n.t('Select lines of a file first; the task is about them.'));
        return;
      }
      await createTask.from({ template: SELECTION, values });
    },
    [Command.queueProblems]: async (given) => {
      const values = isProblems(given) ? given : editorValues();
      if (values.problems === undefined) {
        void showInformation(vscode.l10n.t('The file in the editor has no problems.'));
        return;
      }
      await createTask.from({ template: PROBLEMS, values });
    },
  };
}

function isProblems(value: unknown): value is { file: string; problems: string } {
  if (typeof value !== 'object' || value === null) return false;
  return 'file' in value && typeof value.file === 'string' && 'problems' in value && typeof value.problems === 'string';
}
