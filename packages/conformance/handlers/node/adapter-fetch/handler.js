export const fetch = async (request) => new Response((await request.text()).toUpperCase());
