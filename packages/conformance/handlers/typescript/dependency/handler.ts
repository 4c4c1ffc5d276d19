import isarray from 'isarray';

export const handler = () => ({ package: isarray([]) ? 'isarray' : 'another' });
