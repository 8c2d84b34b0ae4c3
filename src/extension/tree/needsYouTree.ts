import * as l10n from '@vscode/l10n';
import { needsYou, calmLine, type Ask } from '../../server/domain/needsYou';
import { detailsUri } from '../documents/uris';
import { View } from '../manifest';
import type { TowerHost } from '../towerHost';
import { FlatTree, type FlatNode } from './flatTree';
import { askRow } from '../../server/domain/rows/askRow';
import { type Scene } from '../../server/domain/rows/row';

/** The Needs you view: what only a person can move on, and the one badge of the container. */
export class NeedsYouTree extends FlatTree<Ask> {
  constructor(host: TowerHost) {
    super(host, View.needsYou);
  }

  protected roots(scene: Scene): FlatNode<Ask>[] {
    return needsYou(scene.board, scene.live).map((ask) => {
      const node: FlatNode<Ask> = { row: askRow(scene, ask), value: ask };
      if (ask.kind === 'agent') return node;
      return { ...node, command: { command: 'vscode.open', title: l10n.t('Show Details'), arguments: [detailsUri(ask.task)] } };
    });
  }

  protected decorate(scene: Scene | undefined): void {
    const value = scene ? needsYou(scene.board, scene.live).length : 0;
    this.view.badge =
      value > 0 ? { value, tooltip: value === 1 ? l10n.t('{0} thing needs you', value) : l10n.t('{0} things need you', value) } : undefined;
    const message = scene && value === 0 ? calmLine(scene.board) : undefined;
    if (message !== this.view.message) this.view.message = message;
  }
}
