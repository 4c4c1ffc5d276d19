/** The page itself. All references are relative to `/_fn/docs`, that is to `/_fn/`. */
export function docsHtml(title: string, home: string): string {
  const [titleText, homeUrl] = [escapeHtml(title), escapeHtml(home)];
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${titleText}</title>
    <link rel="icon" type="image/png" href="docs/favicon.png">
    <link rel="stylesheet" href="docs/swagger-ui.css">
    <link rel="stylesheet" href="docs/docs.css">
    <script src="docs/docs.js"></script>
    <script src="docs/swagger-ui-bundle.js" defer></script>
  </head>
  <body>
    <header class="docs-bar">
      <a class="docs-back" href="${homeUrl}">← Back</a>
      <strong>${titleText}</strong>
      <a href="openapi.json">openapi.json</a>
      <button type="button" id="docs-theme">Theme</button>
    </header>
    <main id="swagger-ui"><noscript>This page needs JavaScript; the document is at <a href="openapi.json">openapi.json</a>.</noscript></main>
  </body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char]!);
}
