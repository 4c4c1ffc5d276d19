const REVALIDATE = 'public, max-age=0, must-revalidate';
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** `app.3f9ab2c1.js`, `chunk-BmX4k9Qz.css`: a bundler's content hash of 8 or more characters before the extension. */
const HASHED = /[.-]([A-Za-z0-9_-]{8,64})\.[A-Za-z0-9]+$/;

/** How long browsers may keep an asset: hashed names for ever, the rest only after asking. SPEC §9. */
export function cacheControl(name: string): string {
  const hash = HASHED.exec(name.slice(name.lastIndexOf('/') + 1))?.[1];
  return hash !== undefined && looksHashed(hash) ? IMMUTABLE : REVALIDATE;
}

/** Words are not hashes: a hash has digits, and letters of a kind that words do not mix. */
function looksHashed(text: string): boolean {
  if (/^[0-9a-f]{8,}$/.test(text)) return /\d/.test(text) && /[a-f]/.test(text);
  const hash = text.slice(text.lastIndexOf('-') + 1);
  return hash.length >= 8 && /[0-9]/.test(hash) && /[a-z]/.test(hash) && /[A-Z]/.test(hash);
}
