export const dynamic = 'force-dynamic';

export function GET(request) {
  return Response.json({ hello: request.nextUrl.searchParams.get('name') ?? 'world' });
}
