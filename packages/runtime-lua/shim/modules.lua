-- `require` and `package`: what comes with the runtime, then the files of the function. SPEC §7.
local host, use = ...
local program = use("program")

local error, next, type, tostring = error, next, type, tostring
local concat = table.concat

local function from_file(name)
  local path, source, shown = host.find_module(name)
  if not path then return nil, source end
  local chunk, message = program.load_file(path, source)
  if not chunk then error("error loading module '" .. name .. "' from file '" .. shown .. "':\n\t" .. message, 0) end
  return chunk, shown
end

local function install()
  local cjson = use("cjson")
  local files = use("files")
  local loaded = {
    _G = _G,
    coroutine = coroutine,
    debug = debug,
    io = io,
    math = math,
    os = os,
    string = string,
    table = table,
    utf8 = utf8,
    cjson = cjson.cjson,
    ["cjson.safe"] = cjson.safe,
    lfs = files.lfs,
    fastfn = use("fastfn"),
  }
  local preload = {}
  package = { loaded = loaded, preload = preload, config = "/\n;\n?\n!\n-\n" }
  loaded.package = package
  local loading = {}

  function require(name)
    if type(name) ~= "string" then error("bad argument #1 to 'require' (string expected, got " .. type(name) .. ")", 2) end
    local value = loaded[name]
    if value ~= nil then return value end
    if loading[name] then error("loop or previous error loading module '" .. name .. "'", 2) end
    local loader, extra = preload[name], ":preload:"
    if not loader then loader, extra = from_file(name) end
    if not loader then error("module '" .. name .. "' not found:\n\tno field package.preload['" .. name .. "']" .. extra, 2) end
    loading[name] = true
    local result = loader(name, extra)
    loading[name] = nil
    if result ~= nil then
      loaded[name] = result
    elseif loaded[name] == nil then
      loaded[name] = true
    end
    return loaded[name], extra
  end
end

return { install = install }
