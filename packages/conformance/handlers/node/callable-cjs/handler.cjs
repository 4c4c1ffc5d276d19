exports.handler = () => 'cjs';
