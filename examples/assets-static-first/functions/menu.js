// Never called: public/menu.html has the same URL, and files go first.
export const handler = () => ({ menu: ['from the function'] });
