// A Cloudflare Worker, as `npm create cloudflare` lays it out: variables in `env`, work after the answer in `ctx`.
let visits = 0;

export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (url.pathname.endsWith('/visits')) return Response.json({ visits });
    if (request.method === 'POST') {
      return new Response(request.body?.pipeThrough(new TextDecoderStream()).pipeThrough(upperCase()), {
        headers: { 'Content-Type': request.headers.get('content-type') ?? 'text/plain' },
      });
    }
    ctx.waitUntil(countVisit());
    return new Response(`${env.GREETING}, ${url.searchParams.get('name') ?? 'World'}!`, {
      headers: { 'X-Powered-By': 'a Worker' },
    });
  },
};

async function countVisit() {
  visits++;
}

function upperCase() {
  return new TransformStream({
    transform: (chunk, controller) => controller.enqueue(new TextEncoder().encode(chunk.toUpperCase())),
  });
}
