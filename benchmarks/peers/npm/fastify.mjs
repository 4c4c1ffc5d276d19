// With a response schema, as Fastify's documentation advises for speed; its logger is off by default.
import fastify from 'fastify';

const app = fastify();
const schema = { response: { 200: { type: 'object', properties: { hello: { type: 'string' } } } } };
app.get('/hello', { schema }, async (request) => ({ hello: request.query.name ?? 'world' }));
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
