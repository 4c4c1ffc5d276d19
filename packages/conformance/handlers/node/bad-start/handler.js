const setting = (() => {
  throw new Error('no-setting-4712'); // ERROR-LINE
})();

export const handler = () => setting;
