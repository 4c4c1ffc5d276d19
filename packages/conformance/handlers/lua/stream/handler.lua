local fastfn = require("fastfn")
local lfs = require("lfs")

local function note(name, text)
  lfs.mkdir(".state")
  local file <close> = assert(io.open(".state/" .. name, "w"))
  file:write(text)
end

--- Writes a note when it goes out of scope, in whatever way.
local function noting(name)
  return setmetatable({}, { __close = function() note(name, "") end })
end

local yield = coroutine.yield

local modes = {}

function modes.text()
  return coroutine.create(function()
    yield("one ")
    fastfn.sleep(0.001)
    yield("two ")
    yield("three")
  end)
end

function modes.bytes()
  local pieces = { "\0\255\1", "\254\2" }
  return function() return table.remove(pieces, 1) end
end

function modes.sse(tag)
  local body = coroutine.create(function()
    yield("data: 1\n\n")
    while not lfs.attributes(".state/go-" .. tag) do fastfn.sleep(0.005) end
    yield("data: 2\n\n")
  end)
  return { headers = { ["content-type"] = "text/event-stream" }, body = body }
end

function modes.envelope()
  local letters = coroutine.wrap(function()
    yield("a")
    yield("b")
  end)
  return { status = 201, headers = { ["x-stream"] = "yes", ["content-type"] = "text/x-thing" }, body = letters }
end

function modes.empty()
  return function() return nil end
end

function modes.fail()
  return coroutine.create(function()
    yield("before")
    fastfn.sleep(0.02)
    error("stream-boom")
  end)
end

function modes.flood(tag)
  local piece = ("f"):rep(65536)
  return coroutine.create(function()
    local closed <close> = noting("closed-" .. tag)
    for sent = 1, 1000 do
      note("sent-" .. tag, tostring(sent))
      yield(piece)
    end
  end)
end

function modes.endless(tag)
  return coroutine.create(function()
    local closed <close> = noting("closed-" .. tag)
    while true do
      yield("tick\n")
      fastfn.sleep(0.005)
    end
  end)
end

return function(event) return modes[event.query.mode](event.query.tag) end
