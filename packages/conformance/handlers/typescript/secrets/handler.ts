export const handler = (event: { secrets: Record<string, string> }) => event.secrets;
