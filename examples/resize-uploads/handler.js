const { decode, encode, shrink } = require('./_png.js');

/** The same picture gives the same copy, and nothing else happens: run twice is no harm. */
exports.handler = (event) => {
  const width = Number(event.query.width ?? 64);
  if (!Number.isInteger(width) || width < 1 || width > 4096) {
    return { status: 400, body: { error: 'width is 1 to 4096' } };
  }
  let picture;
  try {
    picture = decode(event.raw_body);
  } catch (error) {
    // Below 500: trying again would not help.
    return { status: 422, body: { error: error.message } };
  }
  return { headers: { 'Content-Type': 'image/png' }, body: encode(shrink(picture, width)) };
};
