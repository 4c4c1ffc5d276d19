// @summary Say hello, with the answer in an envelope of its own
// @query {"name": "Ada"}
export const handler = (event) => ({
  status: 'success',
  data: { greeting: `Hello, ${event.query.name ?? 'world'}!`, version: event.version },
});
