export const handler = (event, { name }) => ({ hello: name, from: 'node' });
