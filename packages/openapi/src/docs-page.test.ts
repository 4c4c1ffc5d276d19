import { describe, expect, it } from 'vitest';
import { docsPage } from './docs-page.js';

describe('docs page', () => {
  const asset = docsPage({ title: 'Shop <API>', home: '/?a="b"' });
  const html = asset('/_fn/docs')!.body.toString();

  it('is a page with a strict policy', () => {
    expect(asset('/_fn/docs')).toMatchObject({ status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' } });
    expect(asset('/_fn/docs')!.headers['Content-Security-Policy']).toMatch(/default-src 'none'; script-src 'self'; /);
    expect(html).not.toMatch(/<script(?![^>]*src=)/);
    expect(html).toContain('Shop &lt;API&gt;');
    expect(html).toContain('href="/?a=&quot;b&quot;"');
    expect(html).not.toMatch(/https?:/);
  });

  it('refers only to what it serves, relative to itself', () => {
    const references = [...html.matchAll(/(?:src|href)="([^"?]+)"/g)]
      .map(([, url]) => url!)
      .filter((url) => url !== '/');
    expect(references).toContain('docs/swagger-ui-bundle.js');
    for (const url of references) {
      expect(url).not.toMatch(/^\//);
      if (url !== 'openapi.json') expect(asset(`/_fn/${url}`)).toMatchObject({ status: 200 });
    }
  });

  it.each([
    ['/_fn/docs/swagger-ui.css', 'text/css; charset=utf-8'],
    ['/_fn/docs/swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
    ['/_fn/docs/docs.js', 'text/javascript; charset=utf-8'],
    ['/_fn/docs/docs.css', 'text/css; charset=utf-8'],
    ['/_fn/docs/favicon.png', 'image/png'],
  ])('serves %s, and 304 to who has it', (path, type) => {
    const found = asset(path)!;
    expect(found.headers['Content-Type']).toBe(type);
    expect(found.body.length).toBeGreaterThan(300);
    const { ETag } = found.headers;
    expect(asset(path, ETag)).toMatchObject({ status: 304, headers: { ETag }, body: Buffer.alloc(0) });
    expect(asset(path, `"other", W/${ETag}`)!.status).toBe(304);
    expect(asset(path, '"other"')!.status).toBe(200);
    expect(asset(path)).toBe(found);
  });

  it('turns the validator badge of swagger.io off', () => {
    expect(asset('/_fn/docs/docs.js')!.body.toString()).toContain('validatorUrl: null');
  });

  it('leads the folder form to the page', () => {
    expect(asset('/_fn/docs/')).toMatchObject({ status: 308, headers: { Location: '../docs' } });
  });

  it.each(['/_fn/docsx', '/_fn/docs/../x', '/_fn/docs/package.json', '/_fn/docs/__proto__', '/', ''])(
    'has nothing at %s',
    (path) => expect(asset(path)).toBeNull(),
  );
});
