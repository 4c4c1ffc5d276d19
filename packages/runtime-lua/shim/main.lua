-- The Lua half of a worker. The host runs this once for each state, with a table of its functions, and calls the four
-- functions that come back; everything else of this folder is loaded from here.
local host = ...
local modules = {}

local function use(name)
  local module = modules[name]
  if module == nil then
    module = assert(load(host.source(name), "=[fastfn]", "t"))(host, use)
    modules[name] = module
  end
  return module
end

-- Takes the doors out before any code of the user can see them. What the shim needs of them it has kept by then.
local failure = use("failure")
local calls = use("calls")
local program = use("program")
use("sandbox")

return program.load, calls.begin, calls.resume, calls.cancel, failure.describe
