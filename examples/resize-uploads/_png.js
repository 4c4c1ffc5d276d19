const zlib = require('node:zlib');

/** PNG with 8 bits a channel, RGB or RGBA, not interlaced: enough to need no library. Yours would be `sharp`. */

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const CHANNELS = { 2: 3, 6: 4 };
/** A small file may unfold to a picture that fills the memory. */
const MAX_BYTES = 64 * 1024 * 1024;

exports.decode = (file) => {
  if (!file || !Buffer.from(file.subarray(0, 8)).equals(SIGNATURE)) throw new Error('This is no PNG.');
  const bytes = Buffer.from(file);
  const data = [];
  let header;
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const kind = bytes.toString('latin1', at + 4, at + 8);
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (kind === 'IHDR') header = content;
    if (kind === 'IDAT') data.push(content);
    at += length + 12;
  }
  if (header?.length !== 13) throw new Error('This PNG is broken.');
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = CHANNELS[header[9]];
  if (header[8] !== 8 || !channels || header[12] !== 0) throw new Error('Only 8-bit RGB and RGBA pictures.');
  const row = width * channels;
  if (width === 0 || height === 0 || (row + 1) * height > MAX_BYTES) throw new Error('The picture is too large.');
  let raw;
  try {
    raw = zlib.inflateSync(Buffer.concat(data), { maxOutputLength: (row + 1) * height });
  } catch {
    throw new Error('This PNG is broken.');
  }
  if (raw.length !== (row + 1) * height) throw new Error('This PNG is broken.');
  return { width, height, channels, pixels: unfilter(raw, row, height, channels) };
};

function unfilter(raw, row, height, channels) {
  const pixels = Buffer.alloc(row * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (row + 1)];
    for (let x = 0; x < row; x++) {
      const left = x >= channels ? pixels[y * row + x - channels] : 0;
      const up = y > 0 ? pixels[(y - 1) * row + x] : 0;
      const corner = x >= channels && y > 0 ? pixels[(y - 1) * row + x - channels] : 0;
      const guess = [0, left, up, (left + up) >> 1, filter === 4 ? paeth(left, up, corner) : 0][filter];
      if (guess === undefined) throw new Error('This PNG is broken.');
      pixels[y * row + x] = raw[y * (row + 1) + 1 + x] + guess;
    }
  }
  return pixels;
}

function paeth(left, up, corner) {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** Each new pixel is the mean of those it stands for. Never larger than before. */
exports.shrink = ({ width, height, channels, pixels }, wanted) => {
  const to = Math.min(wanted, width);
  const down = Math.max(1, Math.round((height * to) / width));
  const out = Buffer.alloc(to * down * channels);
  for (let y = 0; y < down; y++) {
    const [top, bottom] = span(y, down, height);
    for (let x = 0; x < to; x++) {
      const [first, last] = span(x, to, width);
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let v = top; v < bottom; v++) {
          for (let u = first; u < last; u++) sum += pixels[(v * width + u) * channels + c];
        }
        out[(y * to + x) * channels + c] = Math.round(sum / ((bottom - top) * (last - first)));
      }
    }
  }
  return { width: to, height: down, channels, pixels: out };
};

function span(at, of, size) {
  const from = Math.floor((at * size) / of);
  return [from, Math.max(from + 1, Math.floor(((at + 1) * size) / of))];
}

exports.encode = ({ width, height, channels, pixels }) => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, channels === 3 ? 2 : 6], 8);
  const row = width * channels;
  const raw = Buffer.alloc((row + 1) * height);
  for (let y = 0; y < height; y++) pixels.copy(raw, y * (row + 1) + 1, y * row, (y + 1) * row);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', zlib.deflateSync(raw)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};

function chunk(kind, content) {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), content]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(content.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc(body), body.length + 4);
  return out;
}

/** `zlib.crc32` is newer than Node 20. */
function crc(bytes) {
  let value = ~0;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return ~value >>> 0;
}
