import { describe, expect, it } from 'vitest';
import { HIDDEN, isSecretKey, maskSecrets, maskUrlCredentials } from './secrets.js';

describe('isSecretKey', () => {
  it.each([
    'SECRET',
    'MY_SECRETS',
    'token',
    'GITHUB_TOKEN',
    'DB_PASSWORD',
    'DBPASSWORD',
    'PASSWD',
    'PWD',
    'db_pwd',
    'API_KEY',
    'apiKey',
    'STRIPE-API-KEY',
    'PRIVATE_KEY',
    'privateKey',
    'AUTH',
    'OAUTH_ID',
    'BASIC_AUTH',
    'AUTHORIZATION',
    'CREDENTIALS',
  ])('%s looks secret', (name) => expect(isSecretKey(name)).toBe(true));

  it.each(['AUTHOR', 'BOOK_AUTHORS', 'AUTHORITY', 'KEY', 'KEYBOARD', 'PUBLIC_KEY', 'NAME', 'PASS', 'PATH', 'PORT'])(
    '%s does not',
    (name) => expect(isSecretKey(name)).toBe(false),
  );
});

describe('maskSecrets', () => {
  it('hides what looks secret or is said to be, and keeps null and empty', () => {
    const values = { TOKEN: 'x', NAME: 'Ada', DSN: 'y', OLD_TOKEN: null, EMPTY_TOKEN: '' };
    expect(maskSecrets(values, ['DSN'])).toEqual({
      TOKEN: HIDDEN,
      NAME: 'Ada',
      DSN: HIDDEN,
      OLD_TOKEN: null,
      EMPTY_TOKEN: '',
    });
  });
});

it.each([
  ['redis://:pw@host:6379/0', 'redis://<hidden>@host:6379/0'],
  ['https://a:b@c/d@e', 'https://<hidden>@c/d@e'],
  ['https://c/d@e', 'https://c/d@e'],
  ['plain', 'plain'],
])('maskUrlCredentials(%s)', (url, masked) => expect(maskUrlCredentials(url)).toBe(masked));
