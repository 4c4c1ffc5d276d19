export const handler = () => ({
  greeting: process.env.GREETING ?? null,
  inherited: process.env.FROM_REAL_ENV ?? null,
  admin: process.env.FN_ADMIN_TOKEN ?? null,
  foreign: process.env.FOREIGN_VALUE ?? null,
  path: Boolean(process.env.PATH),
  cwd: process.cwd(),
});
