import * as vscode from 'vscode';
import { speak } from '../server/domain/language';

// Loaded before all else, as some texts are constants.
speak(vscode.l10n.bundle ?? {});
