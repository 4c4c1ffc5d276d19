local lfs = require("lfs")
local null = require("cjson").null

return function()
  return {
    greeting = os.getenv("GREETING") or null,
    inherited = os.getenv("FROM_REAL_ENV") or null,
    admin = os.getenv("FN_ADMIN_TOKEN") or null,
    foreign = os.getenv("FOREIGN_VALUE") or null,
    path = os.getenv("PATH") ~= nil,
    cwd = lfs.currentdir(),
  }
end
