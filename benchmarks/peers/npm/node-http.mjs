// The floor under every Node framework: no router, no middleware. PORT; WORKERS > 1 shares the port by node:cluster.
import cluster from 'node:cluster';
import { createServer } from 'node:http';

const workers = Number(process.env.WORKERS ?? 1);
const chunk = Buffer.alloc(1024, 'x');

if (workers > 1 && cluster.isPrimary) {
  for (let i = 0; i < workers; i++) cluster.fork();
  process.on('SIGTERM', () => process.exit());
} else {
  createServer((request, response) => {
    if (request.url.startsWith('/hello')) return hello(request, response);
    if (request.url === '/echo') return echo(request, response);
    if (request.url === '/stream') return stream(response);
    response.writeHead(404).end();
  }).listen(Number(process.env.PORT), '127.0.0.1');
}

function hello(request, response) {
  const { url } = request;
  const name = new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('name') ?? 'world';
  const body = JSON.stringify({ hello: name });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

// Whole, as a handler function gets it, and not piped through: the work must be the same.
function echo(request, response) {
  const chunks = [];
  request.on('data', (data) => chunks.push(data));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': body.length });
    response.end(body);
  });
}

async function stream(response) {
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  for (let i = 0; i < 64; i++) {
    if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
    await null;
  }
  response.end();
}
