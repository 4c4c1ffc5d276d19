export const handler = ({ query, method, body }) => ({
  proxy: { url: query.url, path: query.path, method, headers: { 'x-sent': 'by the handler' }, body },
});
