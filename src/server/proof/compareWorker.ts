import { parentPort, type MessagePort } from 'node:worker_threads';
import { errorText, HumanError } from '../base/errors';
import { readPictureFile, writePictureFile } from './compareFiles';
import { comparePictures, DIFF_COLOUR, type PictureComparison } from './comparePictures';
import type { PictureAnswer, PictureJob, PictureResults } from './compareProtocol';
import { PictureDecoder } from './decodePicture';
import type { Picture } from './picture';
import { PixelMemory } from './picturePixels';
import { encodeMask, encodePng } from './pngEncode';
import { shrink } from './pictureThumbnail';

type JobOf<T extends PictureJob['type']> = Extract<PictureJob, { type: T }>;

/** Compares and shrinks picture files; runs in a worker thread, one job at a time. */
class CompareWorker {
  private readonly memory = new PixelMemory();
  private readonly decoder = new PictureDecoder(__dirname, this.memory.take);

  constructor(port: MessagePort) {
    port.on('message', (job: PictureJob) => void this.answer(job).then((answer) => port.postMessage(answer)));
  }

  private async answer(job: PictureJob): Promise<PictureAnswer> {
    try {
      return { value: await (job.type === 'compare' ? this.compare(job) : this.thumbnail(job)) };
    } catch (error) {
      if (error instanceof HumanError) return { error: error.message };
      return { error: `This picture could not be compared (${errorText(error)}). Hand in another one.` };
    } finally {
      this.memory.reuse();
    }
  }

  private async compare({ baseline, actual, diffTo, temporary, maxPixels, options }: JobOf<'compare'>): Promise<PictureComparison> {
    const [before, after] = await Promise.all([this.loadBaseline(baseline, maxPixels), this.load(actual, maxPixels)]);
    const { diff, ...comparison } = comparePictures(before, after, options, this.memory.take);
    if (diff) await writePictureFile(diffTo, temporary, encodeMask(diff, DIFF_COLOUR));
    return comparison;
  }

  private async thumbnail({ path, to, temporary, maxPixels, maxWidth }: JobOf<'thumbnail'>): Promise<PictureResults['thumbnail']> {
    const small = shrink(await this.load(path, maxPixels), maxWidth);
    await writePictureFile(to, temporary, encodePng(small));
    return { width: small.width, height: small.height };
  }

  private async loadBaseline(path: string, maxPixels: number): Promise<Picture> {
    try {
      return await this.load(path, maxPixels);
    } catch (error) {
      throw new HumanError(errorText(error).replace(/^This picture/, 'The baseline'), { cause: error });
    }
  }

  private async load(path: string, maxPixels: number): Promise<Picture> {
    return this.decoder.decode(await readPictureFile(path), { name: path, maxPixels });
  }
}

if (parentPort) new CompareWorker(parentPort);
