/** A link of a page to something in the repository. */
export interface RelativeLink {
  /** 1-based. */
  readonly line: number;
  /** Path as written, decoded; empty: the page itself. */
  readonly path: string;
  /** Without `#`; null: none. */
  readonly anchor: string | null;
}

/** Links and images outside of code; those to other sites are left out. */
export function relativeLinks(markdown: string): RelativeLink[] {
  // Links may be broken over two lines, so the text is searched as a whole and lines are counted afterwards.
  const text = withoutCode(markdown);
  const links: RelativeLink[] = [];
  for (const match of text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\[[^\]]+\]:\s*(\S+)/gm)) {
    const target = (match[1] ?? match[2])!;
    if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(target)) continue;
    const [path, anchor] = target.split('#') as [string, string | undefined];
    links.push({
      line: text.slice(0, match.index).split('\n').length,
      path: decodeURIComponent(path),
      anchor: anchor === undefined ? null : decodeURIComponent(anchor),
    });
  }
  return links;
}

/** Anchors of a page's headings, as GitHub makes them. */
export function anchors(markdown: string): Set<string> {
  const found = new Set<string>();
  for (const [, heading] of withoutFences(markdown).matchAll(/^#{1,6} (.+?)\s*#*$/gm)) {
    const plain = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
    const slug = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    let name = slug;
    for (let n = 1; found.has(name); n++) name = `${slug}-${n}`;
    found.add(name);
  }
  return found;
}

function withoutFences(markdown: string): string {
  let fence: string | null = null;
  return markdown
    .split('\n')
    .map((line) => {
      const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
      if (fence === null) {
        if (mark === undefined) return line;
        fence = mark;
      } else if (mark?.startsWith(fence)) fence = null;
      return '';
    })
    .join('\n');
}

function withoutCode(markdown: string): string {
  return withoutFences(markdown).replace(/(`+)[^\n]*?\1/g, '');
}
