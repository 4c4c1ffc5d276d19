export default { handler: (): string => 'nested' };
