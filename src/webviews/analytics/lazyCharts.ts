import type * as Charts from './charts/main';

/** The part of the page that draws, loaded once somebody needs it. */
export type LazyCharts = () => Promise<typeof Charts>;

/** Loads it from beside this page's own script. */
export function chartsFrom(script: string): LazyCharts {
  const address = new URL('analyticsCharts.js', script).href;
  let loading: Promise<typeof Charts> | undefined;
  return () => {
    loading ??= (import(address) as Promise<typeof Charts>).catch((error: unknown) => {
      // Another try may succeed.
      loading = undefined;
      throw error;
    });
    return loading;
  };
}
