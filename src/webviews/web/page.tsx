import * as l10n from '@vscode/l10n';
import { render } from 'preact';
import type { RemoteTower } from '../../server/follower/remoteTower';
import { spoken } from '../../server/domain/spoken';
import type { PanelPort } from '../kit/panelChannel';
import type { VsCodeApi } from '../kit/vscodeApi';
import type { LogAction, OpenElsewhere, RunCommand } from '../protocol';
import { BoardLink } from './boardLink';
import { downloadBundle, go, piecesOf, runCommand, showDetails, showPiece } from './commands';
import { contextMenus } from './contextMenu';
import { mirrorTower } from './mirror';
import { Notices } from './notices';
import { Overlay, OverlayView } from './overlay';
import { goToSignIn, signedIn, type Me } from './session';
import { Stage } from './stage';
import { keep, storedState } from './storedState';

/** What a page gets to work with: the same two things as in an editor's webview. */
export interface Bridge {
  api: VsCodeApi;
  port: PanelPort;
  me: Me;
  stage: Stage;
}

export interface PageParts {
  /** The page as the editor names its panel: `dashboard`, `logs`, … */
  name: string;
  /** Tells the page what to show, when it listens. */
  show: (bridge: Bridge, query: URLSearchParams, tell: (method: string, params: object) => void) => unknown;
  /** What the page says that only this one does. @returns false for what it does not know. */
  hear?: (bridge: Bridge, method: string, params: never) => boolean;
  /** Draws the page. */
  draw: (bridge: Bridge, root: HTMLElement) => void;
}

/** Says in the page, as an editor does, whether its colours are dark. */
function followTheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = (): void => {
    document.body.classList.toggle('vscode-dark', dark.matches);
    document.body.classList.toggle('vscode-light', !dark.matches);
  };
  dark.addEventListener('change', follow);
  follow();
}

/** Stands in for the editor around a page: signs in, follows the tower, and does what the page asks for. */
export async function openPage({ name, show, hear, draw }: PageParts): Promise<void> {
  followTheme();
  const root = document.getElementById('app') ?? document.body;
  const overlay = new Overlay();
  const over = document.createElement('div');
  over.className = 'overlay';
  document.body.append(over);
  render(<OverlayView overlay={overlay} />, over);

  let me: Me | undefined;
  try {
    me = await signedIn();
  } catch (error) {
    root.textContent = l10n.t('The tower does not answer: {0} Load the page again in a moment.', spoken(error));
    return;
  }
  if (!me) return goToSignIn();

  const ready: { bridge?: Bridge } = {};
  const link: BoardLink = new BoardLink((method, params) => ready.bridge && take(ready.bridge, method, params));
  const tell = (method: string, params: object): void => link.tell(method, params);
  const take = (bridge: Bridge, method: string, params: object): void => {
    const { stage } = bridge;
    if (method === 'panel/ready') {
      tell('panel/you', bridge.me);
      return void stage.try(async () => show(bridge, new URLSearchParams(location.search), tell));
    }
    if (method === 'panel/keep') return keep(name, (params as { kept: unknown }).kept);
    if (method === 'panel/run' && (params as RunCommand).command === 'tasktower.reconnect') return link.reconnect();
    if (method === 'panel/run') return void runCommand(stage, params as RunCommand);
    if (method === 'panel/open') return void stage.try(() => open(stage, params as OpenElsewhere));
    hear?.(bridge, method, params as never);
  };

  // It hears the board from the first frame on, before the page asks for it.
  const mirror: Promise<RemoteTower> = mirrorTower(link);
  const stage = new Stage(me, overlay, mirror);
  const bridge: Bridge = { api: { ...storedState(name), postMessage: (message) => link.post(message) }, port: link, me, stage };
  ready.bridge = bridge;
  contextMenus(name, stage, (action: LogAction, key) => tell('panel/act', { action, key }));
  draw(bridge, root);
  link.open(me.until);
  new Notices(stage, await mirror);
}

async function open(stage: Stage, { what, taskId, evidenceId, file }: OpenElsewhere): Promise<void> {
  switch (what) {
    case 'next':
      return runCommand(stage, { command: 'tasktower.nextNeedsMe' });
    case 'log':
      return runCommand(stage, { command: 'tasktower.showLog' });
    case 'logs':
      return go('/logs', { task: taskId });
    case 'details':
      return showDetails(stage, taskId);
    case 'bundle':
      return downloadBundle(stage, await stage.task(taskId));
    case 'problems':
      return go('/evidence', { task: taskId, piece: evidenceId });
    case 'file':
    case 'patch': {
      if (file !== undefined) throw new Error(l10n.t("{0} is a file of the task's folder. Open it in the editor.", file));
      const task = await stage.task(taskId);
      const piece = piecesOf(task).find(({ id }) => id === evidenceId);
      if (piece) await showPiece(stage, task, piece);
    }
  }
}
