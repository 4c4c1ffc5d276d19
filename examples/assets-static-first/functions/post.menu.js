// Files answer GET and HEAD; every other method is the functions'.
export const handler = (event) => ({ ordered: event.json().tea });
