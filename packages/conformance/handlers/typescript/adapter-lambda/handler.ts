interface Event {
  requestContext: { http: { method: string } };
  rawPath: string;
  queryStringParameters: Record<string, string>;
  cookies: string[];
  body: string;
}

interface Context {
  functionName: string;
  getRemainingTimeInMillis(): number;
}

export const handler = async (event: Event, context: Context) => ({
  statusCode: 201,
  headers: { 'x-from': 'lambda', 'content-type': 'application/json' },
  body: JSON.stringify({
    method: event.requestContext.http.method,
    path: event.rawPath,
    query: event.queryStringParameters,
    cookies: event.cookies,
    body: event.body,
    name: context.functionName,
    remaining: context.getRemainingTimeInMillis() > 0,
  }),
});
