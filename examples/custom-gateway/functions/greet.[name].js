export const handler = (_event, { name }) => ({ hello: name, from: 'node' });
