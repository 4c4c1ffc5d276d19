export default (): string => 'default';
