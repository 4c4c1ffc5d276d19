export default { handler: () => 'nested' };
