// @summary Upload an image, learn its size
// @content_type multipart/form-data
import { createHash } from 'node:crypto';

interface Upload {
  name: string;
  filename: string;
  type: string;
  data: Uint8Array;
}

interface Event {
  form(): Promise<{ files: Upload[] }>;
}

export async function handler(event: Event) {
  const { files } = await event.form();
  const upload = files.find((file) => file.name === 'image');
  if (!upload) return { status: 400, body: { error: 'send a file in the field "image"' } };
  const bytes = Buffer.from(upload.data);
  const isPng = bytes.subarray(1, 4).toString('latin1') === 'PNG';
  return {
    name: upload.filename,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex').slice(0, 12),
    ...(isPng && { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }),
  };
}
