export const fetch = async (request: Request): Promise<Response> => new Response((await request.text()).toUpperCase());
