// @summary Say hello
// @query {"name": "Ada"}
export const handler = (event) => ({ message: `Hello, ${event.query.name ?? 'world'}!` });
