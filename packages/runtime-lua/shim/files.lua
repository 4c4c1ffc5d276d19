-- `io`, the file part of `os`, and a small `lfs`, over what the host lets this function see. SPEC §14.
local host, use = ...

local concat, pack, unpack = table.concat, table.pack, table.unpack
local error, getmetatable, ipairs, next, setmetatable, tonumber, tostring, type =
  error, getmetatable, ipairs, next, setmetatable, tonumber, tostring, type
local byte, find, format, gsub, match, sub = string.byte, string.find, string.format, string.gsub, string.match, string.sub
local math_type, tointeger = math.type, math.tointeger

local BLOCK = 65536

local FILE = { __name = "FILE*" }
local methods = {}
FILE.__index = methods

local function check_open(file)
  if not file.fd and not file.stream then error("attempt to use a closed file", 3) end
end

--- Reads until the buffer holds `bytes`, or the file ends.
local function fill(file, bytes)
  while #file.buffer < bytes do
    local block, message = host.file_read(file.fd, file.position, bytes - #file.buffer > BLOCK and bytes - #file.buffer or BLOCK)
    if not block then return message end
    if block == "" then return end
    file.buffer = file.buffer .. block
    file.position = file.position + #block
  end
end

local function take(file, bytes)
  local text = sub(file.buffer, 1, bytes)
  file.buffer = sub(file.buffer, bytes + 1)
  return text
end

local function read_line(file, keep)
  local from = 1
  while true do
    local stop = find(file.buffer, "\n", from, true)
    if stop then
      local line = take(file, stop)
      return keep and line or sub(line, 1, -2)
    end
    from = #file.buffer + 1
    local message = fill(file, from)
    if message then return nil, message end
    if #file.buffer < from then
      if file.buffer == "" then return nil end
      return take(file, #file.buffer)
    end
  end
end

local function read_all(file)
  local parts = { file.buffer }
  file.buffer = ""
  while true do
    local block, message = host.file_read(file.fd, file.position, BLOCK * 4)
    if not block then return nil, message end
    if block == "" then return concat(parts) end
    parts[#parts + 1] = block
    file.position = file.position + #block
  end
end

local function read_number(file)
  local message = fill(file, 400)
  if message then return nil, message end
  local blank = match(file.buffer, "^%s*")
  for _, pattern in ipairs({ "^[+-]?0[xX]%x*%.?%x*[pP]?[+-]?%d*", "^[+-]?%d*%.?%d*[eE]?[+-]?%d*" }) do
    local text = match(file.buffer, pattern, #blank + 1)
    while text and #text > 0 do
      local value = tonumber(text)
      if value then
        take(file, #blank + #text)
        return value
      end
      text = sub(text, 1, -2)
    end
  end
  return nil
end

local function read_one(file, what)
  if type(what) == "number" then
    local count = tointeger(what) or error("bad argument to 'read' (number has no integer representation)", 4)
    local message = fill(file, count > 0 and count or 1)
    if message then return nil, message end
    if file.buffer == "" then return nil end
    return take(file, count)
  end
  local kind = sub(gsub(what, "^%*", ""), 1, 1)
  if kind == "l" then return read_line(file, false) end
  if kind == "L" then return read_line(file, true) end
  if kind == "a" then return read_all(file) end
  if kind == "n" then return read_number(file) end
  error("bad argument to 'read' (invalid format)", 4)
end

local function read(file, ...)
  if not file.fd then return nil end
  if not file.readable then return nil, "Bad file descriptor", 9 end
  local wanted = pack(...)
  if wanted.n == 0 then return read_line(file, false) end
  local results = {}
  for i = 1, wanted.n do
    local value, message = read_one(file, wanted[i])
    if message then return nil, message end
    results[i] = value
    if value == nil then return unpack(results, 1, i) end
  end
  return unpack(results, 1, wanted.n)
end

function methods.read(file, ...)
  check_open(file)
  return read(file, ...)
end

function methods.lines(file, ...)
  check_open(file)
  local wanted = pack(...)
  return function() return read(file, unpack(wanted, 1, wanted.n)) end
end

--- What was read ahead does not count as read.
local function forget_buffer(file)
  file.position = file.position - #file.buffer
  file.buffer = ""
end

function methods.write(file, ...)
  check_open(file)
  local parts = pack(...)
  for i = 1, parts.n do
    local kind = type(parts[i])
    if kind ~= "string" and kind ~= "number" then
      error(format("bad argument #%d to 'write' (string expected, got %s)", i, kind), 2)
    end
  end
  local text = concat(parts, "", 1, parts.n)
  if file.stream then
    host.output(file.stream, text)
    return file
  end
  if not file.writable then return nil, "Bad file descriptor", 9 end
  forget_buffer(file)
  local written, message = host.file_write(file.fd, not file.append and file.position or nil, text)
  if not written then return nil, message end
  file.position = file.append and host.file_size(file.fd) or file.position + #text
  return file
end

function methods.seek(file, whence, offset)
  check_open(file)
  if file.stream then return nil, "Illegal seek", 29 end
  offset = offset or 0
  forget_buffer(file)
  local start = 0
  if whence == "end" then
    start = host.file_size(file.fd)
  elseif whence == nil or whence == "cur" then
    start = file.position
  elseif whence ~= "set" then
    error("bad argument #1 to 'seek' (invalid option '" .. tostring(whence) .. "')", 2)
  end
  if start + offset < 0 then return nil, "Invalid argument", 22 end
  file.position = start + offset
  return file.position
end

function methods.flush(file)
  check_open(file)
  return file
end

function methods.setvbuf(file)
  check_open(file)
  return true
end

function methods.close(file)
  check_open(file)
  -- stdout and stderr stay open, as they do for a program that others still watch.
  if file.fd then
    host.file_close(file.fd)
    file.fd = nil
  end
  return true
end

function FILE.__close(file)
  if file.fd then methods.close(file) end
end
FILE.__gc = FILE.__close

function FILE.__tostring(file)
  return file.stream and "file (standard stream)" or file.fd and "file (" .. file.path .. ")" or "file (closed)"
end

local function open(path, mode)
  mode = mode or "r"
  if type(path) ~= "string" then error("bad argument #1 to 'open' (string expected, got " .. type(path) .. ")", 2) end
  local kind, plus = match(mode, "^([rwa])(%+?)b?$")
  if not kind then error("bad argument #2 to 'open' (invalid mode)", 2) end
  local fd, message = host.file_open(path, kind .. plus)
  if not fd then return nil, path .. ": " .. message, 2 end
  return setmetatable({
    fd = fd,
    path = path,
    position = 0,
    buffer = "",
    readable = kind == "r" or plus == "+",
    writable = kind ~= "r" or plus == "+",
    append = kind == "a",
  }, FILE)
end

local stdout = setmetatable({ stream = 1 }, FILE)
local stderr = setmetatable({ stream = 2 }, FILE)

local io = {
  open = open,
  stdout = stdout,
  stderr = stderr,
  write = function(...) return methods.write(stdout, ...) end,
  --- There is nothing to read from.
  read = function() return nil end,
}

function io.type(value)
  if getmetatable(value) ~= FILE then return nil end
  return (value.fd or value.stream) and "file" or "closed file"
end

function io.lines(path, ...)
  if path == nil then return function() return nil end end
  local file, message = open(path, "r")
  if not file then error(message, 2) end
  local wanted = pack(...)
  local function line()
    if not file.fd then error("file is already closed", 2) end
    local results = pack(read(file, unpack(wanted, 1, wanted.n)))
    if results[1] == nil then methods.close(file) end
    return unpack(results, 1, results.n)
  end
  return line, nil, nil, file
end

local function guarded(fn)
  return function(path, other)
    if type(path) ~= "string" then error("a path must be a string, not " .. type(path), 2) end
    local ok, message = fn(path, other)
    if ok then return true end
    return nil, path .. ": " .. message, 2
  end
end

--- The part of LuaFileSystem that a function needs.
local lfs = {
  currentdir = function() return host.folder end,
  mkdir = guarded(host.make_folder),
  rmdir = guarded(host.remove_folder),
}

--- @param wanted the name of one attribute: `mode`, `size`, `modification`
function lfs.attributes(path, wanted)
  local kind, size, modified = host.file_info(path)
  if not kind then return nil, path .. ": " .. size, 2 end
  local attributes = { mode = kind, size = size, modification = modified }
  if type(wanted) == "string" then return attributes[wanted] end
  return attributes
end

function lfs.dir(path)
  local names, message = host.list_folder(path)
  if not names then error("cannot open " .. path .. ": " .. message, 2) end
  local at = 1
  return function()
    if at > #names then return nil end
    local stop = find(names, "\0", at, true)
    local name = sub(names, at, stop - 1)
    at = stop + 1
    return name
  end
end

return {
  io = io,
  lfs = lfs,
  remove = guarded(host.remove_file),
  rename = guarded(host.rename_file),
  tmpname = host.temp_name,
}
