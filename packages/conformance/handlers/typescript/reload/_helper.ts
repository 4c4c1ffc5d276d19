export const helper: string = 'HELPER-ONE';
