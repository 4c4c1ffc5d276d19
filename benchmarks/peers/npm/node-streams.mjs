// node:http with the streams and bodies of the scenarios event-streams, slow-readers and large-bodies, by hand. PORT.
import { createServer } from 'node:http';

const listeners = new Set();
const flooded = Buffer.alloc(16_384, 'x');
const piece = Buffer.alloc(65_536, 'x');
let given = 0;
let running = 0;

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname === '/events') return events(request, response, searchParams);
  if (pathname === '/flood') return flood(response, searchParams);
  if (pathname === '/hello') return json(response, { hello: searchParams.get('name') });
  if (pathname === '/bodies/up') return whole(request, (body) => json(response, { bytes: body.length }));
  if (pathname === '/bodies/echo') return whole(request, (body) => bytes(response, body));
  if (pathname === '/bodies/down') return bytes(response, Buffer.alloc(Number(searchParams.get('bytes')), 'x'));
  if (pathname === '/bodies/stream') return stream(response, Number(searchParams.get('bytes')));
  response.writeHead(404).end();
}).listen(Number(process.env.PORT), '127.0.0.1');

function events(request, response, query) {
  if (request.method === 'POST') {
    return whole(request, (body) => {
      for (const listener of listeners) listener.write(`data: ${body}\n\n`);
      json(response, { listeners: listeners.size });
    });
  }
  if (query.has('listeners')) return json(response, { listeners: listeners.size });
  listeners.add(response);
  response.on('close', () => listeners.delete(response));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(': welcome\n\n');
}

async function flood(response, query) {
  if (query.has('given')) return json(response, { given, running });
  running++;
  response.on('close', () => running--);
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  while (!response.destroyed) {
    given++;
    if (!response.write(flooded))
      await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
}

async function stream(response, size) {
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  for (let left = size; left > 0; left -= piece.length) {
    if (!response.write(left >= piece.length ? piece : piece.subarray(0, left))) {
      await new Promise((resolve) => response.once('drain', resolve));
    }
  }
  response.end();
}

function whole(request, done) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => done(Buffer.concat(chunks)));
}

function bytes(response, body) {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': body.length });
  response.end(body);
}

function json(response, value) {
  const body = JSON.stringify(value);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
