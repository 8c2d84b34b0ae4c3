/** A decoded picture: RGBA, 8 bits a sample, rows from the top, not premultiplied. */
export interface Picture {
  /** Pixels. */
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

/** Gives memory for so many bytes of RGBA, with anything in it. */
export type TakePixels = (bytes: number) => Uint8ClampedArray;

export const newPixels: TakePixels = (bytes) => new Uint8ClampedArray(bytes);
