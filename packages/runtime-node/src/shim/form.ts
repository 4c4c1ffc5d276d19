/** A file of a multipart body. */
export interface FormFile {
  /** Field name. */
  readonly name: string;
  /** As the client said; never a path to trust. */
  readonly filename: string;
  /** Content type, `application/octet-stream` when none was said. */
  readonly type: string;
  readonly data: Buffer;
}

export interface Form {
  /** A list when a field is repeated. */
  readonly fields: Record<string, string | string[]>;
  readonly files: FormFile[];
}

/**
 * Reads `multipart/form-data` or `application/x-www-form-urlencoded`. The size is bounded already by `max_body_bytes`.
 * @throws TypeError when the content type is another
 * @throws Error when the body is malformed
 */
export async function readForm(contentType: string, body: Buffer): Promise<Form> {
  const fields: Record<string, string | string[]> = Object.create(null);
  const files: FormFile[] = [];
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType)) {
    for (const [name, value] of new URLSearchParams(body.toString())) addField(fields, name, value);
    return { fields: { ...fields }, files };
  }
  if (!/^multipart\/form-data\b/i.test(contentType)) {
    throw new TypeError(
      `event.form() reads multipart/form-data and application/x-www-form-urlencoded; this request is ${contentType || 'of no type'}.`,
    );
  }

  // Loaded when first needed: most functions never see a form.
  const { default: busboy } = await import('@fastify/busboy');
  return new Promise((resolve, reject) => {
    const size = body.length;
    const parser = new busboy.Busboy({
      headers: { 'content-type': contentType },
      limits: { fieldSize: size, fileSize: size, fieldNameSize: 1024, headerPairs: 200 },
    });
    parser.on('field', (name: string, value: string) => addField(fields, name, value));
    parser.on(
      'file',
      (name: string, stream: NodeJS.ReadableStream, filename: string | undefined, _encoding: string, type: string) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () =>
          files.push({
            name,
            filename: filename ?? '',
            type: type || 'application/octet-stream',
            data: Buffer.concat(parts),
          }),
        );
        stream.on('error', reject);
      },
    );
    parser.on('error', reject);
    parser.on('finish', () => resolve({ fields: { ...fields }, files }));
    parser.end(body);
  });
}

function addField(fields: Record<string, string | string[]>, name: string, value: string): void {
  const before = fields[name];
  if (before === undefined) fields[name] = value;
  else if (typeof before === 'string') fields[name] = [before, value];
  else before.push(value);
}
