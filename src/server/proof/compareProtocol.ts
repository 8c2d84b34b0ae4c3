import type { CompareOptions, PictureComparison } from './comparePictures';

/** A job of the worker that compares pictures. Files are written as `temporary` and then renamed; nothing else is written. */
export type PictureJob =
  | { type: 'compare'; baseline: string; actual: string; diffTo: string; temporary: string; maxPixels: number; options: CompareOptions }
  | { type: 'thumbnail'; path: string; to: string; temporary: string; maxPixels: number; maxWidth: number };

/** What a job gives. */
export interface PictureResults {
  compare: PictureComparison;
  thumbnail: { width: number; height: number };
}

/** The answer to the one job the worker has; `error` is a sentence for people. */
export type PictureAnswer = { value: PictureResults[PictureJob['type']] } | { error: string };
