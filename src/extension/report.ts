import * as vscode from 'vscode';
import { errorText } from '../server/base/errors';
import type { Log } from '../server/base/log';
import { Refusal } from '../server/domain/refusal';
import { spoken } from '../server/domain/spoken';
import { Command } from './manifest';
import { showError, showWarning } from './messages';

/** Does something a person asked for, and says in one sentence when it does not work. */
export type Report = <T>(work: () => Promise<T>) => Promise<T | undefined>;

/** A `Report` whose stacks go to the log. */
export function reporter(log: Log): Report {
  return async (work) => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Refusal) void showWarning(spoken(error));
      else showFailure(error, log);
      return undefined;
    }
  };
}

function showFailure(error: unknown, log: Log): void {
  log.error(error instanceof Error ? error : errorText(error));
  const showLog = vscode.l10n.t('Show Log');
  void showError(spoken(error), showLog).then((picked) => {
    if (picked === showLog) void vscode.commands.executeCommand(Command.showLog);
  });
}
