// @summary Greets in as many languages as answered on the way
// TypeScript asks JavaScript, which asks Python: three processes, three languages, one folder.
interface Event {
  headers: Record<string, string>;
  query: Record<string, string>;
}

export async function handler(event: Event) {
  const name = event.query.name ?? 'world';
  const response = await fetch(`http://${event.headers.host}/polyglot/shout?name=${encodeURIComponent(name)}`);
  const { text, by } = (await response.json()) as { text: string; by: string[] };
  return { text, by: ['typescript', ...by] };
}
