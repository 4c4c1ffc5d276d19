import { cookie } from './_session.js';

export const handler = () => ({ status: 204, cookies: [cookie('', 0)] });
