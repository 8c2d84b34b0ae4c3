import { userInfo } from 'node:os';
import * as vscode from 'vscode';

/** Whoever is logged in at this machine. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry, as in some containers.
    return vscode.env.remoteName ?? 'you';
  }
}
