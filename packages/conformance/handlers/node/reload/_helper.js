export const helper = 'HELPER-ONE';
