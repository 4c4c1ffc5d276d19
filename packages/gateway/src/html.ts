const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

/** Frame of FastFN's own pages. Self-contained: no script, no outside resources. `body` is HTML. */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<link rel="icon" href="data:,"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main>${body}</main></body></html>
`;
}

const STYLE = `
:root{color-scheme:light dark;--bg:#fbfaf8;--fg:#1d1b19;--dim:#6d6862;--line:#e3ded6;--box:#fff;--mark:#c2410c;--code:#f4f0ea}
@media(prefers-color-scheme:dark){:root{--bg:#171513;--fg:#efeae3;--dim:#a39c93;--line:#37322c;--box:#1f1c19;--mark:#fb923c;--code:#26221e}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.55 system-ui,sans-serif}
main{max-width:54rem;margin:0 auto;padding:3rem 1.25rem;overflow-wrap:anywhere}h1{font-size:1.6rem;line-height:1.25;margin:0 0 .5rem}
p{margin:.5rem 0}a{color:var(--mark)}.dim{color:var(--dim)}.tag{color:var(--mark);font:600 .85rem ui-monospace,monospace}
pre{background:var(--code);border:1px solid var(--line);border-radius:8px;padding:.9rem 1rem;overflow:auto;font:.85rem/1.5 ui-monospace,monospace}
pre.hit{border-left:4px solid var(--mark)}code{font-family:ui-monospace,monospace}
table{width:100%;border-collapse:collapse;background:var(--box);border:1px solid var(--line);border-radius:8px;margin:1rem 0}
td,th{text-align:left;padding:.45rem .8rem;border-bottom:1px solid var(--line);font-size:.92rem}tr:last-child td{border-bottom:0}
td code{font-size:.88rem}td:not(:nth-child(2)){overflow-wrap:normal}
@media(max-width:36rem){main{padding-top:1.5rem}td,th{padding:.45rem .5rem}.wide{display:none}}`;
