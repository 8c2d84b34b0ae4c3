/**
 * Undoes the filters of `rows` rows that start at `from` (each a filter byte and `rowBytes` bytes), in place: the rows then lie without
 * their filter bytes from `from`. https://www.w3.org/TR/png-3/#9Filters
 * @returns false when a row names an unknown filter.
 */
export function unfilter(bytes: Uint8Array, from: number, rows: number, rowBytes: number, pixelBytes: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let row = 0; row < rows; row++) {
    const source = from + row * (rowBytes + 1);
    const target = from + row * rowBytes;
    const filter = bytes[source]!;
    bytes.copyWithin(target, source + 1, source + 1 + rowBytes);
    if (filter > 4) return false;
    // Above the first row there are zeros: Up then predicts nothing, and Paeth the pixel on the left, as Sub does.
    if (filter === 1 || (filter === 4 && row === 0)) sub(bytes, target, rowBytes, pixelBytes);
    else if (filter === 3) average(bytes, target, row === 0 ? undefined : target - rowBytes, rowBytes, pixelBytes);
    else if (filter === 2 && row > 0) up(view, target, target - rowBytes, rowBytes);
    else if (filter === 4) paeth(bytes, view, target, target - rowBytes, rowBytes, pixelBytes);
  }
  return true;
}

// A channel at a time, so that the pixel on the left stays in a register: half the time of reading it back.
function sub(bytes: Uint8Array, target: number, length: number, pixelBytes: number): void {
  for (let channel = 0; channel < pixelBytes; channel++) {
    let left = 0;
    for (let i = target + channel; i < target + length; i += pixelBytes) bytes[i] = left = (left + bytes[i]!) & 255;
  }
}

function up(view: DataView, target: number, above: number, length: number): void {
  let i = 0;
  // Four bytes at once: sums of the low seven bits cannot carry into the next byte, the top bits are added without carry.
  for (; i + 4 <= length; i += 4) {
    const a = view.getInt32(target + i, true);
    const b = view.getInt32(above + i, true);
    view.setInt32(target + i, ((a & 0x7f7f7f7f) + (b & 0x7f7f7f7f)) ^ ((a ^ b) & 0x80808080), true);
  }
  for (; i < length; i++) view.setUint8(target + i, view.getUint8(target + i) + view.getUint8(above + i));
}

function average(bytes: Uint8Array, target: number, above: number | undefined, length: number, pixelBytes: number): void {
  for (let channel = 0; channel < pixelBytes; channel++) {
    let left = 0;
    for (let i = channel; i < length; i += pixelBytes) {
      const over = above === undefined ? 0 : bytes[above + i]!;
      bytes[target + i] = left = (bytes[target + i]! + ((left + over) >> 1)) & 255;
    }
  }
}

/**
 * Where the pixel on the left equals the one above it, Paeth predicts the pixel above. So zeros that follow are the row above, copied:
 * that is most of a screenshot.
 */
function paeth(bytes: Uint8Array, view: DataView, target: number, above: number, length: number, pixelBytes: number): void {
  const block = 16 * pixelBytes;
  let zeros = 0;
  for (let from = 0, end = 0; from < length; from = end) {
    zeros = Math.max(zeros, from);
    while (zeros < length && isZero(view, target + zeros, Math.min(block, length - zeros))) zeros += block;
    const copies = zeros > from && isEqual(bytes, target + from, above + from, from === 0 ? 0 : pixelBytes);
    end = Math.min(length, copies ? zeros : from + block);
    if (copies) bytes.copyWithin(target + from, above + from, above + end);
    else paethBytes(bytes, target, above, from, end, pixelBytes);
  }
}

function isZero(view: DataView, from: number, length: number): boolean {
  let i = from;
  for (; i + 4 <= from + length; i += 4) if (view.getInt32(i, true) !== 0) return false;
  for (; i < from + length; i++) if (view.getUint8(i) !== 0) return false;
  return true;
}

/** Whether the `count` bytes before two places are the same. */
function isEqual(bytes: Uint8Array, a: number, b: number, count: number): boolean {
  for (let i = 1; i <= count; i++) if (bytes[a - i] !== bytes[b - i]) return false;
  return true;
}

function paethBytes(bytes: Uint8Array, target: number, above: number, from: number, end: number, pixelBytes: number): void {
  for (let channel = from; channel < from + pixelBytes; channel++) {
    let left = from === 0 ? 0 : bytes[target + channel - pixelBytes]!;
    let corner = from === 0 ? 0 : bytes[above + channel - pixelBytes]!;
    for (let i = channel; i < end; i += pixelBytes) {
      const over = bytes[above + i]!;
      const toLeft = Math.abs(over - corner);
      const toOver = Math.abs(left - corner);
      const toCorner = Math.abs(left + over - corner - corner);
      const nearest = toLeft <= toOver && toLeft <= toCorner ? left : toOver <= toCorner ? over : corner;
      bytes[target + i] = left = (bytes[target + i]! + nearest) & 255;
      corner = over;
    }
  }
}
