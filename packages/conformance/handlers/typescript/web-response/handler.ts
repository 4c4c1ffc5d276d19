export const handler = (): Response =>
  new Response('made of a Response', {
    status: 203,
    headers: { 'x-from': 'response', 'content-type': 'text/x-thing' },
  });
