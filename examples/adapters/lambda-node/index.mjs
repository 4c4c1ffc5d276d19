// An AWS Lambda function behind an API Gateway HTTP API, as it lies in AWS.
const items = new Map([['1', { id: '1', name: 'tea' }]]);

export const handler = async (event, context) => {
  const { method } = event.requestContext.http;
  const id = event.queryStringParameters?.id;
  console.log(`${method} ${event.rawPath} for ${event.requestContext.http.sourceIp}`);

  if (method === 'PUT') {
    const item = JSON.parse(event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString() : event.body);
    items.set(item.id, item);
    return { statusCode: 201, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(item) };
  }
  if (id && !items.has(id)) return { statusCode: 404, body: 'No such item' };
  return {
    statusCode: 200,
    headers: { 'Content-Type': 'application/json' },
    cookies: ['seen=1; Path=/'],
    body: JSON.stringify({
      function: context.functionName,
      inTime: context.getRemainingTimeInMillis() > 0,
      items: id ? [items.get(id)] : [...items.values()],
    }),
  };
};
