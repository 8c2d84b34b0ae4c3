/** Gives memory for the pixels of one job after another, as fresh memory costs more time than decoding into it. */
export class PixelMemory {
  private readonly free: Uint8ClampedArray<ArrayBuffer>[] = [];
  private readonly taken: Uint8ClampedArray<ArrayBuffer>[] = [];

  /** Memory for so many bytes of RGBA, with anything in it. */
  readonly take = (bytes: number): Uint8ClampedArray<ArrayBuffer> => {
    const at = this.free.findIndex(({ length }) => length === bytes);
    const [data = new Uint8ClampedArray(bytes)] = at < 0 ? [] : this.free.splice(at, 1);
    this.taken.push(data);
    return data;
  };

  /** Ends the job: what was taken may be taken again. */
  reuse(): void {
    const kept = this.taken.splice(0).filter(({ length }) => length <= MOST_KEPT);
    this.free.splice(0, this.free.length, ...kept);
  }
}

/** A job needs three; larger pictures are rare. */
const MOST_KEPT = 64_000_000;
