/**
 * Runs in the browser, before anything is drawn: the theme must be on the page when the first paint comes. Swagger UI
 * has its dark colours under `html.dark-mode` and leaves the choice to the page.
 */
export const DOCS_SCRIPT = `(() => {
  const root = document.documentElement;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const stored = () => {
    try { return localStorage.getItem('fastfn-docs-theme'); } catch { return null; }
  };
  const apply = () => {
    const theme = stored();
    root.classList.toggle('dark-mode', theme ? theme === 'dark' : dark.matches);
  };
  apply();
  dark.addEventListener('change', apply);

  addEventListener('DOMContentLoaded', () => {
    const button = document.getElementById('docs-theme');
    button.addEventListener('click', () => {
      const next = root.classList.contains('dark-mode') ? 'light' : 'dark';
      try { localStorage.setItem('fastfn-docs-theme', next); } catch { /* Storage is off: this page view only. */ }
      root.classList.toggle('dark-mode', next === 'dark');
    });

    SwaggerUIBundle({
      url: new URL('openapi.json', location.href).href,
      dom_id: '#swagger-ui',
      presets: [SwaggerUIBundle.presets.apis],
      layout: 'BaseLayout',
      deepLinking: true,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      filter: true,
      defaultModelsExpandDepth: -1,
      validatorUrl: null,
    });
  });
})();
`;
