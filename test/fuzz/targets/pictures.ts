import assert from 'node:assert/strict';
import { HumanError } from '../../../src/server/base/errors';
import { PictureDecoder } from '../../../src/server/proof/decodePicture';
import { pictureHead } from '../../../src/server/proof/pictureHead';
import { corpus, type Target } from '../target';

/** More pixels are refused by their number alone. */
const MAX_PIXELS = 250_000;

/** Heads and pixels of PNG, JPEG and WebP. */
export function pictures(): Target {
  const decoder = new PictureDecoder('dist');
  const refused = (error: unknown): void => {
    assert.ok(error instanceof HumanError, error instanceof Error ? error.stack : String(error));
    assert.match(error.message, /^This picture (cannot be read|is too large): [^\n]{10,400}$/);
  };
  return {
    name: 'pictures',
    seeds: corpus('pictures'),
    mutate: (mutator, seed, other) => (seed[0] === 0x89 && !mutator.rarely(3) ? mutator.png(seed) : mutator.bytes(seed, other)),
    read: async (input) => {
      try {
        pictureHead(input.subarray(0, 64), { fileBytes: input.length });
      } catch (error) {
        refused(error);
      }
      try {
        const { width, height, data } = await decoder.decode(input, { maxPixels: MAX_PIXELS });
        assert.ok(width * height <= MAX_PIXELS);
        assert.equal(data.length, width * height * 4);
      } catch (error) {
        refused(error);
      }
    },
  };
}
