export const handler = (): string => 'wrong';
export const greet = (): string => 'greet';
