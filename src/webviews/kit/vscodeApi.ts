/** What VS Code gives a webview: https://code.visualstudio.com/api/extension-guides/webview */
export interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The editor around this page. It can be asked for only once. */
export function vscodeApi(): VsCodeApi {
  return acquireVsCodeApi();
}
