// Production mode comes from NODE_ENV; no ETag and no X-Powered-By, which cost time and which no other subject sends.
import express from 'express';

const app = express();
app.disable('etag');
app.disable('x-powered-by');
app.get('/hello', (request, response) => {
  response.json({ hello: request.query.name ?? 'world' });
});
app.listen(Number(process.env.PORT), '127.0.0.1');
