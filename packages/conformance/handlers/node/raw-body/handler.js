export const handler = (event) => ({
  headers: { 'content-type': event.headers['content-type'] },
  body: event.raw_body,
});
