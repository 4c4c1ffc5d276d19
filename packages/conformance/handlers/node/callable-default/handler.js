export default () => 'default';
