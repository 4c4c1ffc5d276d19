-- What handlers find in the global table. The state has no way out of its memory but the functions of `host`: here it is
-- decided which of them are handed on, and under what names.
local host, use = ...
local calls, files, modules, output = use("calls"), use("files"), use("modules"), use("output")

local load, select, type = load, select, type
local traceback = debug.traceback

--- Source text only: bytecode could be made to read any memory of the state.
function _G.load(chunk, name, mode, ...)
  if select("#", ...) > 0 then return load(chunk, name, "t", (...)) end
  return load(chunk, name, "t")
end

dofile = nil
loadfile = nil
string.dump = nil
-- `xpcall(f, debug.traceback)` is common and harmless; the rest of the library reaches into the shim.
debug = { traceback = traceback }

print = output.print
coroutine = calls.coroutine
io = files.io

os = {
  clock = host.clock,
  date = os.date,
  difftime = os.difftime,
  getenv = host.getenv,
  remove = files.remove,
  rename = files.rename,
  time = os.time,
  tmpname = files.tmpname,
}

modules.install()
