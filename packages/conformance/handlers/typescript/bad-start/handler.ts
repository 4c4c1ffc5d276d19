const setting: string = ((): string => {
  throw new Error('no-setting-4712'); // ERROR-LINE
})();

export const handler = (): string => setting;
