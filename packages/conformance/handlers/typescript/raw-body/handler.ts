interface Event {
  headers: Record<string, string>;
  raw_body: Buffer;
}

export const handler = (event: Event) => ({
  headers: { 'content-type': event.headers['content-type'] },
  body: event.raw_body,
});
