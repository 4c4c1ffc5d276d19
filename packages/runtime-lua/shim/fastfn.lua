-- The module `fastfn`: what a handler needs and Lua does not have.
local host, use = ...
local calls = use("calls")

local error, type = error, type

local function checked(name, fn)
  return function(text)
    if type(text) ~= "string" then error(name .. ": a string is expected, not " .. type(text), 2) end
    return fn(text)
  end
end

return {
  --- Waits without blocking the other calls of the function.
  sleep = calls.sleep,
  --- Epoch seconds with a fraction.
  now = host.now,
  base64_encode = checked("base64_encode", host.base64),
  --- Nil when the text is no base64.
  base64_decode = checked("base64_decode", host.unbase64),
  --- Whether a string is text: only such strings may stand in JSON.
  is_utf8 = checked("is_utf8", host.is_utf8),
}
