import * as z from 'zod';

/** C0, C1 and DEL, and the characters that reorder text (Unicode TR 36 §2.6): inert nowhere, so kept out of every line. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** `text` without control and reordering characters; line breaks become `\n`. */
export function cleanText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(CONTROL, '');
}

/** `text` as one clean line with single spaces. */
export function cleanLine(text: string): string {
  return cleanText(text).replace(/\s+/g, ' ').trim();
}

/** One line of 1 to `max` characters, cleaned. */
export function line(max: number) {
  return z
    .string()
    .max(max * 8, `is far longer than the limit of ${max} characters`)
    .transform(cleanLine)
    .pipe(z.string().min(1, 'must not be empty').max(max, `must be at most ${max} characters`));
}

/** Text of at most `maxBytes` UTF-8 bytes, cleaned. */
export function text(maxBytes: number) {
  return z
    .string()
    .refine((value) => utf8Length(value) <= maxBytes, `must be at most ${maxBytes} bytes`)
    .transform(cleanText);
}

/** The UTF-8 length of `value` in bytes. */
export function utf8Length(value: string): number {
  return new TextEncoder().encode(value).length;
}

/** `value` cut to `max` characters, with an ellipsis where it was cut. */
export function shorten(value: string, max: number): string {
  return value.length <= max ? value : `${value.slice(0, max - 1)}…`;
}
