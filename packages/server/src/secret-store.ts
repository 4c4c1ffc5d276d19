import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FastFnError, type FunctionSpec, type Logger } from '@fastfn/core';
import type { SecretStore } from '@fastfn/gateway';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
/** Binds the file to its purpose and format. */
const CONTEXT = Buffer.from('fastfn-secrets-1');
const MAX_SECRETS = 1000;

export interface SecretFileOptions {
  /** `secrets.key` and `secrets.enc` lie here, both readable by the owner only. */
  readonly stateDir: string;
  readonly logger: Logger;
  /** A secret was set or removed. */
  onChange(name: string): void;
}

/**
 * Secrets in one file, encrypted with a key in another. This protects backups and copies of the encrypted file, not against
 * someone who can read the whole state folder.
 */
export class SecretFile implements SecretStore {
  readonly #options: SecretFileOptions;
  readonly #keyFile: string;
  readonly #dataFile: string;
  #secrets: Map<string, string> | null = null;

  constructor(options: SecretFileOptions) {
    this.#options = options;
    this.#keyFile = join(options.stateDir, 'secrets.key');
    this.#dataFile = join(options.stateDir, 'secrets.enc');
  }

  names(): readonly string[] {
    return [...this.#load().keys()].sort();
  }

  values(): readonly string[] {
    return [...this.#readable().values()];
  }

  /** Those that a function asks for and that are stored. */
  of({ secretNames }: FunctionSpec): Readonly<Record<string, string>> {
    if (secretNames.length === 0) return {};
    const secrets = this.#readable();
    return Object.fromEntries(secretNames.flatMap((name) => (secrets.has(name) ? [[name, secrets.get(name)!]] : [])));
  }

  /** @throws FastFnError `bad_request` beyond 1000 secrets. */
  set(name: string, value: string): void {
    const secrets = new Map(this.#load()).set(name, value);
    if (secrets.size > MAX_SECRETS) {
      throw new FastFnError('bad_request', `There are ${MAX_SECRETS} secrets already; delete one first.`);
    }
    this.#save(secrets);
    this.#options.onChange(name);
  }

  delete(name: string): boolean {
    const secrets = new Map(this.#load());
    if (!secrets.delete(name)) return false;
    this.#save(secrets);
    this.#options.onChange(name);
    return true;
  }

  /** For calls, which must go on without: the log says why a secret is missing. */
  #readable(): ReadonlyMap<string, string> {
    try {
      return this.#load();
    } catch (error) {
      this.#options.logger.log('error', (error as Error).message);
      return new Map();
    }
  }

  /** @throws FastFnError when the file is there and cannot be decrypted: it must not be overwritten then. */
  #load(): ReadonlyMap<string, string> {
    if (this.#secrets !== null) return this.#secrets;
    const sealed = readIfThere(this.#dataFile);
    if (sealed === null) {
      this.#secrets = new Map();
      return this.#secrets;
    }
    try {
      this.#secrets = new Map(Object.entries(JSON.parse(unseal(sealed, this.#readKey()))));
      return this.#secrets;
    } catch (cause) {
      const message = `${this.#dataFile} cannot be decrypted with secrets.key beside it. Put the right key there, or remove the file and store the secrets again.`;
      throw new FastFnError('internal_error', message, { cause });
    }
  }

  #save(secrets: Map<string, string>): void {
    mkdirSync(this.#options.stateDir, { recursive: true, mode: 0o700 });
    writePrivately(this.#dataFile, seal(JSON.stringify(Object.fromEntries(secrets)), this.#keyForWriting()));
    this.#secrets = secrets;
  }

  #keyForWriting(): Buffer {
    if (readIfThere(this.#keyFile) !== null) return this.#readKey();
    const key = randomBytes(KEY_BYTES);
    writePrivately(this.#keyFile, key.toString('hex'));
    return key;
  }

  #readKey(): Buffer {
    if ((statSync(this.#keyFile).mode & 0o077) !== 0) {
      this.#options.logger.log(
        'warn',
        `${this.#keyFile} was readable by others; its mode is 0600 now. Store new secrets.`,
      );
      chmodSync(this.#keyFile, 0o600);
    }
    const key = Buffer.from(readFileSync(this.#keyFile, 'utf8').trim(), 'hex');
    if (key.length !== KEY_BYTES) throw new Error('the key is damaged');
    return key;
  }
}

function seal(text: string, key: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv).setAAD(CONTEXT);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

function unseal(bytes: Buffer, key: Buffer): string {
  const iv = bytes.subarray(0, IV_BYTES);
  const tag = bytes.subarray(IV_BYTES, IV_BYTES + 16);
  const cipher = createDecipheriv(CIPHER, key, iv, { authTagLength: 16 }).setAAD(CONTEXT);
  cipher.setAuthTag(tag);
  return Buffer.concat([cipher.update(bytes.subarray(IV_BYTES + 16)), cipher.final()]).toString('utf8');
}

function readIfThere(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** In one step, and never readable by others, not even for a moment. */
function writePrivately(file: string, content: string | Uint8Array): void {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, content, { flag: 'wx', mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
