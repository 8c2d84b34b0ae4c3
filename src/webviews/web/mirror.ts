import { RemoteTower } from '../../server/follower/remoteTower';
import { PanelChannel, type PanelPort } from '../kit/panelChannel';

/** Hears what the page's own follower asked for, so that the board comes over the wire once. */
class MirrorChannel extends PanelChannel {
  override request(method: string, params: unknown): Promise<unknown> {
    return method === 'board/hello' ? Promise.resolve({}) : super.request(method, params);
  }
}

/** The tower for what stands around the page: menus, dialogs and toasts. */
export function mirrorTower(port: PanelPort): Promise<RemoteTower> {
  return RemoteTower.open(new MirrorChannel(port), 'panel');
}
