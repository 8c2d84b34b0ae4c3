import { HumanError } from '../base/errors';
import { bytes as inBytes, count } from '../domain/format';

/** A picture that cannot be decoded; `why` completes "This picture cannot be read: …". */
export function unreadable(why: string): HumanError {
  return new HumanError(`This picture cannot be read: ${why}. Hand in a whole PNG, JPEG or WebP file.`);
}

/** A picture whose file ends too early, after so many bytes. */
export function truncated(type: string, bytes: number): HumanError {
  return unreadable(`truncated ${type} after ${inBytes(bytes)}`);
}

/** A picture of more pixels than may be decoded. */
export function tooLarge(width: number, height: number, maxPixels: number): HumanError {
  return new HumanError(
    `This picture is too large: ${count(width)} × ${count(height)} pixels, and at most ${count(maxPixels)} pixels are decoded. ` +
      'Hand in a smaller one, or several.',
  );
}
