export const handler = () => 'wrong';
export const greet = () => 'greet';
