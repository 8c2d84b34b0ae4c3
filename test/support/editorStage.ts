import type { ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { until } from './until';
import { Workbench } from './workbench';

interface EditorScript {
  startEditor(options: Record<string, unknown>): Promise<{ url: string; child: ChildProcess }>;
  installExtension(options: { vsix: string; data: string; extensions: string }): void;
}
interface ChromiumScript {
  ensureChromium(): string;
  CHROMIUM_FLAGS: string[];
}
interface ProcessScript {
  start(command: string, args: string[], options?: object): ChildProcess;
  stop(child: ChildProcess): Promise<void>;
  node24: string;
}

export const root = join(__dirname, '..', '..', '..');
const script = async <T>(name: string): Promise<T> => (await import(join(root, 'scripts', `${name}.mjs`))) as T;

const LANGUAGE_PACK = 'test.language-pack';

/** How an editor is, where it is not as usual. */
export interface StageOptions {
  /** Whether it asks if a folder is trusted. */
  trust?: boolean;
  /** Whether it has the extension. */
  extended?: boolean;
  language?: string;
  /** More of the environment that it is started in. */
  env?: NodeJS.ProcessEnv;
}

/** Where agents and scripts reach the tower of a window. */
export interface TowerAddress {
  url: string;
  token: string;
  pid: number;
  folders: string[];
}

/** A real editor with the packaged extension, a browser, and a workspace of its own. */
export class EditorStage {
  private readonly children: ChildProcess[] = [];

  private constructor(
    readonly home: string,
    readonly workspace: string,
    private readonly url: string,
    private readonly browser: Browser,
    private readonly processes: ProcessScript,
    private readonly chromiumPath: string,
  ) {}

  /** @param settings of the workspace. */
  static async open(
    settings: Record<string, unknown> = {},
    { trust = false, extended = true, language = 'en', env = {} }: StageOptions = {},
  ): Promise<EditorStage> {
    const [editor, browsers, processes] = await Promise.all([
      script<EditorScript>('editor'),
      script<ChromiumScript>('chromium'),
      script<ProcessScript>('node24'),
    ]);
    const home = mkdtempSync(join(tmpdir(), 'tasktower-e2e-'));
    const workspace = join(home, 'bakery');
    cpSync(join(root, 'examples', 'workspace'), workspace, { recursive: true });
    const folder = join(workspace, '.vscode', 'settings.json');
    mkdirSync(join(workspace, '.vscode'), { recursive: true });
    const own = JSON.parse(readFileSync(folder, 'utf8')) as Record<string, unknown>;
    writeFileSync(folder, JSON.stringify({ ...own, ...settings }, null, 2));
    const [data, extensions] = [join(home, 'data'), join(home, 'extensions')];
    const vsix = process.env.TASKTOWER_VSIX ?? join(root, 'dist', 'tasktower.vsix');
    if (language !== 'en') writeLanguagePack(data, language);
    if (extended) editor.installExtension({ vsix, data, extensions });
    const { url, child } = await editor.startEditor({
      data,
      extensions,
      trust,
      flags: language === 'en' ? [] : ['--locale', language],
      env: { ...env, TASKTOWER_HOME: join(home, 'tasktower') },
    });
    const chromiumPath = browsers.ensureChromium();
    const browser = await chromium.launch({ executablePath: chromiumPath, args: browsers.CHROMIUM_FLAGS });
    const stage = new EditorStage(home, workspace, url, browser, processes, chromiumPath);
    stage.children.push(child);
    return stage;
  }

  /** A window of the editor on the workspace. */
  async window(folder = this.workspace): Promise<Workbench> {
    const page: Page = await this.browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(30_000);
    // Else the editor looks for a language pack where there is no network.
    await page.addInitScript(`localStorage.setItem('vscode.nls.languagePackExtensionId', '${LANGUAGE_PACK}')`);
    const workbench = new Workbench(page, this.url);
    await workbench.open(folder);
    return workbench;
  }

  /** Starts a program in the workspace, as a person would in a terminal; the tower is found by the folder. */
  run(command: string, args: string[], env: Record<string, string> = {}): ChildProcess {
    const child = this.processes.start(command === 'node' ? this.processes.node24 : command, args, {
      cwd: this.workspace,
      stdio: 'ignore',
      env: { ...process.env, TASKTOWER_HOME: join(this.home, 'tasktower'), CHROMIUM_PATH: this.chromiumPath, ...env },
    });
    this.children.push(child);
    return child;
  }

  stop(child: ChildProcess): Promise<void> {
    return this.processes.stop(child);
  }

  /** Changes settings of the workspace, as a person would in its file. */
  configure(settings: Record<string, unknown>): void {
    const path = join(this.workspace, '.vscode', 'settings.json');
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...settings }, null, 2));
  }

  /** The address that the window's tower has written. */
  address(): Promise<TowerAddress> {
    const folder = join(this.home, 'tasktower', 'towers');
    return until(
      'the address file',
      () => {
        const addresses = readdirSync(folder)
          .filter((name) => name.endsWith('.json'))
          .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as TowerAddress);
        return addresses.find(({ folders }) => folders.includes(this.workspace));
      },
      60_000,
    );
  }

  /** The file names of the workspace's baselines. */
  baselines(): string[] {
    const folder = join(this.workspace, '.tasktower', 'baselines');
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.png')) : [];
  }

  /** The token of the person at the editor. */
  get person(): string {
    const path = this.find('keys.json');
    if (path === undefined) throw new Error('There is no tower yet.');
    return (JSON.parse(readFileSync(path, 'utf8')) as { person: string }).person;
  }

  /** A path in the storage folder of the workspace's tower, when it is there. */
  find(path: string): string | undefined {
    const towers = join(this.home, 'data', 'User', 'globalStorage', 'tasktower.tasktower', 'towers');
    return existsSync(towers)
      ? readdirSync(towers)
          .map((name) => join(towers, name, path))
          .find((full) => existsSync(full))
      : undefined;
  }

  /** Ends the editor with every window and extension host. */
  async closeEditor(): Promise<void> {
    const [editor] = this.children;
    if (editor) await this.processes.stop(editor);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await Promise.all(this.children.map((child) => this.processes.stop(child)));
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** A language pack that translates nothing, as the editor notes the ones it has: with it the editor is in a language, and only its extensions say so. */
function writeLanguagePack(data: string, language: string): void {
  mkdirSync(data, { recursive: true });
  const texts = join(data, 'main.i18n.json');
  writeFileSync(texts, JSON.stringify({ version: '1.0.0', contents: {} }));
  const extensions = [{ extensionIdentifier: { id: LANGUAGE_PACK }, version: '1.0.0' }];
  const packs = { [language]: { hash: 'test', label: language, extensions, translations: { vscode: texts } } };
  writeFileSync(join(data, 'languagepacks.json'), JSON.stringify(packs));
}
