import type { PanelPort } from './panelChannel';
import type { VsCodeApi } from './vscodeApi';

/** The messages between this page and the extension. */
export function panelPort(api: VsCodeApi): PanelPort {
  return {
    post: (message) => api.postMessage(message),
    listen: (listener) => {
      const hear = ({ data }: MessageEvent): void => listener(data);
      addEventListener('message', hear);
      return () => removeEventListener('message', hear);
    },
  };
}
