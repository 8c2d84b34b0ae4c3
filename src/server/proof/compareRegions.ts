import type { Region } from '../domain/comparison';

/** The parts of the regions that lie on the picture, in whole pixels: all that a region touches. */
export function clipRegions(regions: readonly Region[], width: number, height: number): Region[] {
  return regions
    .filter((region) => region.width > 0 && region.height > 0)
    .map((region) => {
      const x = Math.max(0, Math.floor(region.x));
      const y = Math.max(0, Math.floor(region.y));
      const right = Math.min(width, Math.ceil(region.x + region.width));
      const bottom = Math.min(height, Math.ceil(region.y + region.height));
      return { x, y, width: right - x, height: bottom - y };
    })
    .filter((region) => region.width > 0 && region.height > 0);
}

/** How many pixels clipped regions cover, each counted once. */
export function coveredPixels(regions: readonly Region[]): number {
  const edges = [...new Set(regions.flatMap(({ x, width }) => [x, x + width]))].sort((a, b) => a - b);
  return edges.slice(1).reduce((sum, right, i) => {
    const left = edges[i] ?? right;
    const strip = regions.filter(({ x, width }) => x <= left && x + width >= right).sort((a, b) => a.y - b.y);
    let rows = 0;
    let bottom = 0;
    for (const { y, height } of strip) {
      rows += Math.max(0, y + height - Math.max(y, bottom));
      bottom = Math.max(bottom, y + height);
    }
    return sum + rows * (right - left);
  }, 0);
}
