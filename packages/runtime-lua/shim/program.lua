-- Loading: the handler file, its modules, and which of the things it defines is called. SPEC §7.
local host, use = ...
local calls, event, failure, json = use("calls"), use("event"), use("failure"), use("json")

local load, type, xpcall = load, type, xpcall
local error, getmetatable, next = error, getmetatable, next
local find, format, gsub, match, sub = string.find, string.format, string.gsub, string.match, string.sub
local globals = _G

--- Loads the source text of a user's file; never bytecode.
local function load_file(path, source)
  -- A byte order mark and a first line for the shell are not Lua, but are welcome; line numbers stay.
  source = gsub(source, "^\239\187\191", "")
  source = gsub(source, "^#[^\n]*", "")
  local chunk, message = load(source, "@" .. path, "t")
  if chunk then failure.know(chunk, path) end
  return chunk, message
end

local function is_callable(value)
  if type(value) == "function" then return true end
  local mt = type(value) == "table" and getmetatable(value)
  return mt and type(mt.__call) == "function" or false
end

--- @param result what the chunk returned
--- @param name of the callable; nil: the defaults
local function pick(result, name, path)
  if not name and is_callable(result) then return result end
  for _, key in next, name and { name } or { "handler", "main" } do
    if type(result) == "table" and is_callable(result[key]) then return result[key] end
  end
  local global = globals[name or "handler"]
  if is_callable(global) then return global end
  if name then
    error(format("%s has no function `%s`. Return a table with it or make it global, or correct `invoke.handler`.", path, name), 0)
  end
  error(format("%s has no handler. Return a function, return a table with `handler`, or define a global function `handler`.", path), 0)
end

local NOT_LOADED, NO_CALLABLE = 1, 2

--- A message of the compiler, `path:line: message`, as a failure.
local function syntax_error(path, message)
  local line, rest = match(message, ":(%d+): (.*)$")
  return { message = rest or message, text = message, kind = "syntax error", file = path, line = tonumber(line), stack = message }
end

--- @param text JSON with `path` (below root), `folder`, `package_path`, `handler`, `env`, `secrets`, `context`
--- @return 0; or what went wrong and message, kind, file, line, stack, text
local function load_handler(text, source)
  local spec = json.decode(text)
  event.set_base(spec)
  host.folder = spec.folder
  globals.package.path = spec.package_path
  local path = spec.path
  local chunk, message = load_file(path, source)
  local err
  if chunk then
    local ok, result = xpcall(chunk, failure.handler)
    if ok then
      local name = spec.handler
      if name == json.null then name = nil end
      local picked, callable = xpcall(pick, function(reason) return reason end, result, name, path)
      if not picked then return NO_CALLABLE, callable end
      calls.set_handler(callable)
      return 0
    end
    err = result
  else
    err = syntax_error(path, message)
  end
  if type(err) ~= "table" then err = { message = err, kind = "error", stack = err, text = err } end
  return NOT_LOADED, err.message, err.kind, err.file, err.line, err.stack, err.text
end

return { load = load_handler, load_file = load_file }
