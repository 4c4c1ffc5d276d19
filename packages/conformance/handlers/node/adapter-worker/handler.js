export default {
  async fetch(request, env, ctx) {
    return Response.json(
      {
        method: request.method,
        path: new URL(request.url).pathname,
        greeting: env.GREETING,
        waits: typeof ctx.waitUntil,
      },
      { status: 202 },
    );
  },
};
