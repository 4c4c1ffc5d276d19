// @summary Makes a greeting louder
export async function handler(event) {
  const response = await fetch(
    `http://${event.headers.host}/polyglot/greeting?name=${encodeURIComponent(event.query.name ?? 'world')}`,
  );
  const { text, by } = await response.json();
  return { text: `${text.toUpperCase()}!`, by: ['javascript', ...by] };
}
