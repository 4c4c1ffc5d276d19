-- The calls of this worker, each in a coroutine of its own. A call gives way when it sleeps, and with each piece of a streamed
-- body; the host says when it goes on. (Using a coroutine again for the next call would be slower: unwinding a yield costs more in
-- WebAssembly than a new coroutine.)
--
-- What the host gets back is an operation and its values:
--   DONE    1  status, headers, body
--   ERROR   2  code, message, kind, file, line, stack
--   PROXY   3  directive as JSON, body or nil
--   STREAM  4  status, headers, first piece
--   PIECE   5  bytes
--   END     6
--   SLEEP   7  seconds
local host, use = ...
local event, failure, invalid, reply = use("event"), use("failure"), use("invalid"), use("reply")
local headers_of = use("headers")

local close, create, isyieldable, resume, running, status, yield =
  coroutine.close, coroutine.create, coroutine.isyieldable, coroutine.resume, coroutine.running, coroutine.status, coroutine.yield
local error, next, setmetatable, tostring, type, xpcall = error, next, setmetatable, tostring, type, xpcall
local concat = table.concat

local DONE, ERROR, PROXY, STREAM, PIECE, END, SLEEP = 1, 2, 3, 4, 5, 6, 7

--- The first value of a yield that is meant for the host, however many coroutines of the handler it passes through.
local PAUSE = setmetatable({}, { __name = "pause" })

local handler
-- The coroutine of the call that runs, or ran last: the handler must not yield from it.
local current
-- Of calls that gave way: coroutines by call id, and by coroutine the source of a streamed body. Most calls never do.
local active = {}
local sources = {}

--- Hands on what a coroutine of the handler yielded for the host, and resumes it afterwards.
local function settle(thread, ok, first, second, ...)
  if ok and first == PAUSE then return settle(thread, resume(thread, yield(PAUSE, second))) end
  return ok, first, second, ...
end

local function resume_through(thread, ...) return settle(thread, resume(thread, ...)) end

local function sleep(seconds)
  if type(seconds) ~= "number" or not (seconds >= 0) then error("sleep: seconds must be a number, 0 or more", 2) end
  if not isyieldable() then error("sleep: not possible here (while loading, or inside a callback of a C function)", 2) end
  yield(PAUSE, seconds)
end

--- The next piece of a body, or nil at its end.
local function pull(source)
  while true do
    local piece
    if type(source) == "thread" then
      if status(source) == "dead" then return nil end
      local ok
      ok, piece = resume_through(source)
      if not ok then error(failure.describe(piece, source), 0) end
      -- What a coroutine returns in the end is its last piece; nothing usually.
      if piece == nil and status(source) == "dead" then return nil end
    else
      piece = source()
      if piece == nil then return nil end
    end
    if type(piece) == "number" then piece = tostring(piece) end
    if piece ~= nil and type(piece) ~= "string" then
      invalid.raise("The handler's stream gave %s; each piece must be a text (encode tables, for instance one JSON text a line).", invalid.describe(piece))
    end
    if piece ~= nil and piece ~= "" then return piece end
  end
end

local function failed(err)
  if invalid.is(err) then return ERROR, "invalid_response", err.message end
  if type(err) ~= "table" then return ERROR, "handler_error", tostring(err), "error", nil, nil, tostring(err), tostring(err) end
  return ERROR, "handler_error", err.message, err.kind, err.file, err.line, err.stack, err.text
end

local function stream(code, headers, source)
  local thread = running()
  sources[thread] = source
  local ok, piece = xpcall(pull, failure.handler, source)
  if not ok then return failed(piece) end
  if piece and not headers_of.value_of(headers, "content-type") then
    headers[#headers + 1] = "content-type"
    headers[#headers + 1] = reply.string_type(piece)
  end
  if not piece then return DONE, code, concat(headers, "\n"), "" end
  yield(STREAM, code, concat(headers, "\n"), piece)
  while true do
    ok, piece = xpcall(pull, failure.handler, source)
    if not ok then return failed(piece) end
    if not piece then return END end
    yield(PIECE, piece)
  end
end

local function serve(head, body)
  local call_event, params = event.new(head, body)
  return reply.of(handler(call_event, params))
end

local function finish(ok, operation, ...)
  if not ok then return failed(operation) end
  if operation == STREAM then return stream(...) end
  return operation, ...
end

local function serve_call(head, body) return finish(xpcall(serve, failure.handler, head, body)) end

local function forget(id, thread)
  active[id] = nil
  sources[thread] = nil
end

local function step(id, thread, ok, operation, ...)
  if status(thread) == "suspended" then
    active[id] = thread
    if operation == PAUSE then return SLEEP, ... end
    return operation, ...
  end
  forget(id, thread)
  -- What no xpcall catches: memory exhausted, or an error while describing an error.
  if not ok then return failed(operation) end
  return operation, ...
end

local function begin(id, head, body)
  local thread = create(serve_call)
  current = thread
  return step(id, thread, resume(thread, head, body))
end

--- Goes on with a call that slept, or whose last piece was sent.
local function go_on(id)
  local thread = active[id]
  current = thread
  return step(id, thread, resume(thread))
end

--- Ends a call that waits: its to-be-closed variables are closed, those of its body first.
local function cancel(id)
  local thread = active[id]
  local source = sources[thread]
  forget(id, thread)
  current = thread
  if type(source) == "thread" and status(source) == "suspended" then close(source) end
  close(thread)
end

local function set_handler(callable) handler = callable end

--- `coroutine` as handlers see it: pauses pass through, and the coroutine of the call itself is not theirs to yield.
local library = {}
for name, value in next, coroutine do library[name] = value end

library.resume = resume_through

function library.wrap(fn)
  local thread = create(fn)
  local function checked(ok, first, ...)
    if ok then return first, ... end
    close(thread)
    error(first, 0)
  end
  return function(...) return checked(resume_through(thread, ...)) end
end

function library.yield(...)
  if running() == current then
    error("attempt to yield from outside a coroutine (to stream, return a coroutine or an iterator function)", 2)
  end
  return yield(...)
end

function library.isyieldable() return isyieldable() and running() ~= current end

return {
  begin = begin,
  resume = go_on,
  cancel = cancel,
  set_handler = set_handler,
  sleep = sleep,
  coroutine = library,
}
