import * as vscode from 'vscode';

/** A text without links: in a message, VS Code makes `[word](command:…)` a link that runs a command, and titles are written by agents too. */
export function inert(text: string): string {
  return text.replace(/\]\(/g, '] (');
}

/** A text for a pick, in which `$(name)` is no icon. */
export function withoutIcons(text: string): string {
  return text.replace(/\$\([A-Za-z0-9-]+(~[A-Za-z]+)?\)/g, '\\$&');
}

type Show = typeof vscode.window.showInformationMessage;

function shown(show: (message: string, ...rest: never[]) => unknown): Show {
  return ((message: string, ...rest: never[]) => show(inert(message), ...rest)) as Show;
}

/** As `vscode.window.showInformationMessage`, with nothing but text. */
export const showInformation = shown(vscode.window.showInformationMessage);
/** As `vscode.window.showWarningMessage`, with nothing but text. */
export const showWarning = shown(vscode.window.showWarningMessage);
/** As `vscode.window.showErrorMessage`, with nothing but text. */
export const showError = shown(vscode.window.showErrorMessage);
