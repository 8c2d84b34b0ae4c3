import type { PanelPort } from './panelChannel';
import type { VsCodeApi } from './vscodeApi';

/** The messages between this page and the extension. */
export function panelPort(api: VsCodeApi): PanelPort {
  const listeners = new Set<(message: unknown) => void>();
  addEventListener('message', ({ data }: MessageEvent) => {
    const message = unpacked(data);
    for (const listener of [...listeners]) listener(message);
  });
  return {
    post: (message) => api.postMessage(message),
    listen: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** A large message comes as the JSON of its `params`, in bytes. */
function unpacked(message: unknown): unknown {
  if (typeof message !== 'object' || message === null || !('packed' in message)) return message;
  const { packed, ...rest } = message;
  return { ...rest, params: JSON.parse(new TextDecoder().decode(packed as Uint8Array)) as unknown };
}
