import * as vscode from 'vscode';
import { errorText } from '../server/base/errors';
import type { Log } from '../server/base/log';
import { TEMPLATES } from '../server/domain/builtInTemplates';
import { TaskTemplate, templateNeeds, type TemplateValues } from '../server/domain/template';

const FOLDER = '.tasktower/templates';
const MAX_BYTES = 300_000;
const MOST = 100;

/** The templates of the workspace, each a file of `.tasktower/templates/`, before those that come along. */
export class TemplateFiles {
  constructor(private readonly log: Log) {}

  /** Those that can be filled in with what is at hand. */
  async list(values: TemplateValues): Promise<TaskTemplate[]> {
    const own = (await Promise.all((vscode.workspace.workspaceFolders ?? []).map(({ uri }) => this.ofFolder(uri)))).flat();
    const labels = new Set(own.map(({ label }) => label.toLowerCase()));
    const all = [...own, ...TEMPLATES.filter(({ label }) => !labels.has(label.toLowerCase()))];
    return all.filter((template) => [...templateNeeds(template)].every((name) => values[name] !== undefined));
  }

  private async ofFolder(uri: vscode.Uri): Promise<TaskTemplate[]> {
    const folder = vscode.Uri.joinPath(uri, FOLDER);
    const entries = await Promise.resolve(vscode.workspace.fs.readDirectory(folder)).catch(() => []);
    const names = entries.map(([name]) => name).filter((name) => name.endsWith('.json'));
    const read = await Promise.all(
      names
        .sort()
        .slice(0, MOST)
        .map((name) => this.read(vscode.Uri.joinPath(folder, name))),
    );
    return read.filter((template) => template !== undefined);
  }

  private async read(uri: vscode.Uri): Promise<TaskTemplate | undefined> {
    try {
      if ((await vscode.workspace.fs.stat(uri)).size > MAX_BYTES) throw new Error('it is larger than 300 kB');
      const value: unknown = JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
      TaskTemplate.parse(value);
      return value as TaskTemplate;
    } catch (error) {
      this.log.warn(`The template ${uri.fsPath} is left out: ${errorText(error)}. Open it to see what is wrong.`);
      return undefined;
    }
  }
}
