import type { VsCodeApi } from '../kit/vscodeApi';

/** What a page keeps over a reload, in the tab; the counterpart of a webview's own state. */
export function storedState(page: string): Pick<VsCodeApi, 'getState' | 'setState'> {
  const key = `tasktower.${page}`;
  return {
    getState: () => JSON.parse(sessionStorage.getItem(key) ?? 'null') as unknown,
    setState: (state) => sessionStorage.setItem(key, JSON.stringify(state)),
  };
}

/** What a page keeps over sessions, in the browser. */
export function kept<T>(page: string): T | undefined {
  return (JSON.parse(localStorage.getItem(`tasktower.${page}.kept`) ?? 'null') as T | null) ?? undefined;
}

export function keep(page: string, value: unknown): void {
  localStorage.setItem(`tasktower.${page}.kept`, JSON.stringify(value));
}
