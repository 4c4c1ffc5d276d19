// Stands in for the service behind. It sees what the handlers list, and nothing else of the client.
export const handler = ({ query, headers }) => ({
  status: 200,
  headers: { 'Content-Type': 'application/json', 'X-Backend': 'yes' },
  body: JSON.stringify({ query, authorization: headers.authorization ?? null, cookie: headers.cookie ?? null }),
});
