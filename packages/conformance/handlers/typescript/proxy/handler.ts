interface Event {
  query: Record<string, string>;
  method: string;
  body: string | null;
}

export const handler = ({ query, method, body }: Event) => ({
  proxy: { url: query.url, path: query.path, method, headers: { 'x-sent': 'by the handler' }, body },
});
