// Looks at the request, adds the key of the service behind, and hands over: the answer is streamed by the gateway,
// never through this process.
export const handler = ({ query, headers, env }) => {
  if (!query.q) return { status: 400, body: { error: 'Say what to look for: ?q=…' } };
  const backend = env.BACKEND || `http://${headers.host}`;
  return {
    proxy: {
      url: `${backend}/edge-proxy/backend?q=${encodeURIComponent(query.q)}`,
      headers: { Authorization: `Bearer ${env.BACKEND_KEY}` },
      timeout_ms: 2000,
    },
  };
};
