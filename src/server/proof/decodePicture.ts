import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import decodeJpeg, { init as initJpeg } from '@jsquash/jpeg/decode.js';
import decodeWebp, { init as initWebp } from '@jsquash/webp/decode.js';
import type { Picture, TakePixels } from './picture';
import { truncated, unreadable } from './pictureErrors';
import { pictureHead, type PictureClaim } from './pictureHead';
import { decodePng } from './pngDecode';

/** Decodes PNG, JPEG and WebP; the codecs of the last two are WebAssembly files in `folder`, loaded on first use. */
export class PictureDecoder {
  private readonly jpeg: WasmCodec;
  private readonly webp: WasmCodec;

  constructor(
    folder: string,
    private readonly take?: TakePixels,
  ) {
    this.jpeg = new WasmCodec(join(folder, 'mozjpeg_dec.wasm'), initJpeg, decodeJpeg);
    this.webp = new WasmCodec(join(folder, 'webp_dec.wasm'), initWebp, decodeWebp);
  }

  /** @throws {HumanError} when it is no picture, broken, mislabelled or too large. */
  async decode(bytes: Uint8Array, claim: PictureClaim = {}): Promise<Picture> {
    const head = pictureHead(bytes, { ...claim, fileBytes: bytes.length });
    if (head.type === 'png') return decodePng(bytes, this.take);
    // libjpeg fills what is missing with grey.
    if (head.type === 'jpeg' && !hasJpegEnd(bytes)) throw truncated('JPEG', bytes.length);
    const codec = head.type === 'jpeg' ? this.jpeg : this.webp;
    const picture = await codec.decode(bytes);
    if (!picture || picture.width !== head.width || picture.height !== head.height)
      throw unreadable(`broken ${head.type === 'jpeg' ? 'JPEG' : 'WebP'}`);
    return picture;
  }
}

/** A codec that is made again after a failure, as a failure leaves its memory in any state. */
class WasmCodec {
  private ready: Promise<void> | undefined;

  constructor(
    private readonly file: string,
    private readonly init: (options: { noInitialRun: boolean }) => Promise<void>,
    private readonly run: (bytes: ArrayBuffer) => Promise<Picture>,
  ) {}

  /** The picture, or undefined when it cannot be decoded. */
  async decode(bytes: Uint8Array): Promise<Picture | undefined> {
    await (this.ready ??= this.load());
    try {
      return await this.run(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);
    } catch {
      this.ready = undefined;
      return undefined;
    }
  }

  private async load(): Promise<void> {
    const ignore = (): void => undefined;
    await this.init({ noInitialRun: true, ...{ wasmBinary: await readFile(this.file), print: ignore, printErr: ignore } });
  }
}

/** True when an end-of-image marker comes after the last start of a scan; a thumbnail inside has its own, before it. */
function hasJpegEnd(bytes: Uint8Array): boolean {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const scan = view.lastIndexOf('ffda', undefined, 'hex');
  return scan >= 0 && view.indexOf('ffd9', scan, 'hex') >= 0;
}
