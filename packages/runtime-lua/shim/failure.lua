-- What a developer wants to know of an error: message, place in their own code, stack without ours.
local host, use = ...
local invalid, json = use("invalid"), use("json")

local getinfo, traceback = debug.getinfo, debug.traceback
local find, gmatch, gsub, match, sub = string.find, string.gmatch, string.gsub, string.match, string.sub
local getmetatable, pcall, setmetatable, tostring, type = getmetatable, pcall, setmetatable, tostring, type
local concat = table.concat

local FAILURE = {}

-- Chunks of the user by what error messages call them (a long path is cut there): path below root.
local files = {}

local function know(chunk, path)
  files[getinfo(chunk, "S").short_src] = path
end

local function text_of(err)
  if type(err) == "string" then return err end
  local mt = getmetatable(err)
  if type(err) ~= "table" or (type(mt) == "table" and mt.__tostring) then
    local ok, text = pcall(tostring, err)
    return ok and text or "The error value cannot be read."
  end
  if type(err.message) == "string" then return err.message end
  local ok, text = pcall(json.encode, err)
  return ok and text or tostring(err)
end

--- The nearest line of the user's own code, looking outwards from `level`.
local function place_of(thread, level)
  for at = level, level + 50 do
    local info
    if thread then info = getinfo(thread, at, "Sl") else info = getinfo(at + 1, "Sl") end
    if not info then return nil end
    if info.currentline > 0 and files[info.short_src] then return files[info.short_src], info.currentline end
  end
end

-- Lines of the shim and of what it calls handlers with tell the user nothing.
local function without_shim(trace)
  local lines = {}
  for line in gmatch(trace, "[^\n]+") do
    local isOurs = find(line, "[fastfn]", 1, true)
      or find(line, "[C]: in function 'xpcall'", 1, true)
      or line == "\t[C]: in ?"
      -- `handler` below ends in a tail call.
      or (line == "\t(...tail calls...)" and lines[#lines] == "stack traceback:")
    if not isOurs then
      lines[#lines + 1] = line
    end
  end
  -- Nothing but the title.
  if lines[#lines] == "stack traceback:" then lines[#lines] = nil end
  return concat(lines, "\n")
end

--- `path:line: message` as Lua writes it, in parts; the path as it is below root.
local function split(text)
  for short, path in next, files do
    if sub(text, 1, #short) == short then
      local line, rest = match(text, "^:(%d+): (.*)$", #short + 1)
      if line then return rest, path, tonumber(line) end
    end
  end
  return text
end

--- @param thread the coroutine that failed; nil: this one, from the function `level` calls up.
local function describe(err, thread, level)
  if invalid.is(err) or getmetatable(err) == FAILURE then return err end
  level = level or (thread and 0 or 2)
  -- A place in the shim, where a function of ours was called in the end of one of theirs, tells nothing.
  local text = gsub(text_of(err), "^%[fastfn%]:%d+: ", "")
  local message, file, line = split(text)
  if not file then file, line = place_of(thread, level) end
  local trace
  if thread then trace = traceback(thread, text, level) else trace = traceback(text) end
  return setmetatable({
    message = message,
    text = text,
    file = file,
    line = line,
    kind = type(err) == "string" and "error" or "error of type " .. type(err),
    stack = without_shim(trace),
  }, FAILURE)
end

--- For `xpcall`.
local function handler(err) return describe(err, nil, 3) end

return { know = know, describe = describe, handler = handler, without_shim = without_shim }
