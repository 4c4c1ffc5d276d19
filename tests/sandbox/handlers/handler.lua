local lfs = require("lfs")

local function must(value, message)
  if value == nil then error(message, 0) end
  return value
end

local function read(path)
  local file = must(io.open(path))
  local text, message = file:read("a")
  file:close()
  return must(text, message)
end

local function write(path, mode, text)
  local file = must(io.open(path, mode))
  must(file:write(text))
  file:close()
end

local actions = {
  read = read,
  write = function(path)
    write(path, "w", "written")
    return read(path)
  end,
  append = function(path) write(path, "a", "more") end,
  remove = function(path) return must(os.remove(path)) end,
  mkdir = function(path) return must(lfs.mkdir(path)) end,
  list = function(path)
    local names = {}
    for name in lfs.dir(path) do names[#names + 1] = name end
    return names
  end,
  rename = function(path, to) return must(os.rename(path, to)) end,
  spawn = function(path) return os.execute(path or "true") end,
  pipe = function(path) return io.popen("cat " .. path):read("a") end,
  temp = function()
    local path = os.tmpname()
    write(path, "w", "temporary")
    assert(path:sub(1, #os.getenv("TMPDIR")) == os.getenv("TMPDIR"), path)
    return read(path)
  end,
  lines = function(path)
    for line in io.lines(path) do return line end
  end,
}

--- Does what `?do=` says to `?path=`.
return function(event)
  local query = event.query
  local action = actions[query["do"]]
  local ok, data = pcall(action, query.path, query.to)
  if ok then return { ok = true, data = data } end
  return { ok = false, error = tostring(data) }
end
