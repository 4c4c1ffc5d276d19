interface Env {
  GREETING: string;
}

interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

export default {
  async fetch(request: Request, env: Env, ctx: Context): Promise<Response> {
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
