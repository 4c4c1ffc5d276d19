const { encode } = require('./_png.js');

/** A PNG to try it with: a slope of colours, 256 by 128. */
exports.handler = () => {
  const [width, height] = [256, 128];
  const pixels = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) pixels.set([i % width, (i / width) * 2, 128], i * 3);
  return { headers: { 'Content-Type': 'image/png' }, body: encode({ width, height, channels: 3, pixels }) };
};
