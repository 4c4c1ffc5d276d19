/** The frame around Swagger UI: a quiet bar, the system's own fonts, both colour schemes. */
export const DOCS_STYLE = `:root {
  --bar: #ffffff;
  --line: #e3e6ea;
  --text: #1f2933;
  --link: #2563eb;
}
html.dark-mode {
  --bar: #16191d;
  --line: #2b3036;
  --text: #e6e9ec;
  --link: #8ab4ff;
  background: #1c2022;
}
body { margin: 0; }
.docs-bar {
  display: flex;
  align-items: center;
  gap: 1.25rem;
  padding: 0.7rem max(20px, calc((100vw - 1420px) / 2));
  background: var(--bar);
  border-bottom: 1px solid var(--line);
  color: var(--text);
  font: 15px/1.4 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
}
.docs-bar strong { margin-right: auto; }
.docs-back { white-space: nowrap; }
@media (max-width: 30rem) { .docs-bar strong { visibility: hidden; width: 0; } }
.docs-bar a { color: var(--link); text-decoration: none; }
.docs-bar a:hover { text-decoration: underline; }
.docs-bar button {
  padding: 0.25rem 0.7rem;
  border: 1px solid var(--line);
  border-radius: 6px;
  background: none;
  color: inherit;
  font: inherit;
  cursor: pointer;
}
.docs-bar a:focus-visible, .docs-bar button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.swagger-ui .info { margin: 28px 0 20px; }
.swagger-ui .scheme-container { padding: 0 0 20px; }
/* Nothing here has links between operations: the column would say so at every answer. */
.swagger-ui .response-col_links { display: none; }
#swagger-ui noscript { display: block; padding: 2rem 20px; }
`;
