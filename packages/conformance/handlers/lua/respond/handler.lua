local cjson = require("cjson")
local fastfn = require("fastfn")

local BYTES = "\0\255\128\n\r\0"
local ENCODED = fastfn.base64_encode(BYTES)
local NAN = 0 / 0

local function circular()
  local value = {}
  value.self = value
  return value
end

local answers = {
  object = function() return { a = 1, b = { true, cjson.null }, c = "ü" } end,
  list = function() return { 1, "two", { three = 3 } } end,
  ["true"] = function() return true end,
  ["false"] = function() return false end,
  ["empty-object"] = function() return {} end,
  ["empty-list"] = function() return cjson.empty_array end,
  text = function() return "Grüße 👋" end,
  ["empty-text"] = function() return "" end,
  html = function() return "<!DOCTYPE html><p>ü</p>" end,
  ["html-tag"] = function() return "<HTML><p>x</p>" end,
  ["almost-html"] = function() return "<p>x</p>" end,
  number = function() return 42 end,
  fraction = function() return 1.5 end,
  nothing = function() return nil end,
  bytes = function() return BYTES end,

  ["status-ok"] = function() return { status = "ok" } end,
  ["status-success"] = function() return { status = "success", data = { id = 1 } } end,
  ["status-and-more"] = function() return { status = 404, data = 1 } end,
  ["body-and-more"] = function() return { body = "x", other = 1 } end,
  ["status-true"] = function() return { status = true } end,

  status = function() return { status = 202 } end,
  ["status-code"] = function() return { statusCode = 201, body = "made" } end,
  ["no-content"] = function() return { status = 204 } end,
  ["error-status"] = function() return { status = 418, body = "teapot" } end,
  body = function() return { body = "just this" } end,
  ["body-null"] = function() return { status = 200, body = cjson.null } end,
  ["body-object"] = function() return { body = { a = 1 } } end,
  ["body-list"] = function() return { body = { 1, 2 } } end,
  ["body-html"] = function() return { body = "<html></html>" } end,
  typed = function() return { headers = { ["content-type"] = "application/problem+json" }, body = { title = "x" } } end,
  ["typed-case"] = function() return { headers = { ["Content-TYPE"] = "text/x-thing" }, body = "x" } end,
  headers = function() return { headers = { ["X-One"] = "1", ["x-two"] = "zwei" }, body = "ok" } end,
  ["header-number"] = function() return { headers = { ["x-number"] = 42 }, body = "ok" } end,
  ["header-list"] = function() return { headers = { ["Set-Cookie"] = { "a=1; Path=/", "b=2" } }, body = "ok" } end,
  ["header-crlf"] = function()
    return { headers = { ["x-evil"] = "a\r\nx-injected: 1", ["x-good"] = "yes" }, body = "ok" }
  end,
  cookies = function()
    return {
      cookies = {
        "a=1; Path=/",
        { name = "b", value = "2", path = "/", http_only = true, same_site = "lax", max_age = 60 },
      },
      body = "ok",
    }
  end,
  base64 = function() return { headers = { ["content-type"] = "image/png" }, is_base64 = true, body_base64 = ENCODED } end,
  ["base64-aws"] = function() return { statusCode = 200, isBase64Encoded = true, body = ENCODED } end,
  ["native-bytes"] = function() return { headers = { ["content-type"] = "image/png" }, body = BYTES } end,
  csv = function()
    return {
      headers = { ["content-type"] = "text/csv" },
      body = { { name = "Ada", note = 'say "hi", ü' }, { name = "Bob", note = cjson.null } },
    }
  end,
  ["csv-lists"] = function() return { headers = { ["content-type"] = "text/csv" }, body = { { 1, "a" }, { 2, "b,c" } } } end,
  ["csv-text"] = function() return { headers = { ["content-type"] = "text/csv" }, body = "x;y\n" } end,
  large = function()
    return { headers = { ["content-type"] = "application/octet-stream" }, body = ("x"):rep(17 * 1024 * 1024) }
  end,

  ["status-99"] = function() return { status = 99 } end,
  ["status-600"] = function() return { status = 600, body = "x" } end,
  ["status-negative"] = function() return { status = -1 } end,
  ["status-text"] = function() return { status = "ok", body = "x" } end,
  ["status-fraction"] = function() return { status = 200.5, body = "x" } end,
  ["base64-broken"] = function() return { is_base64 = true, body_base64 = "*** no base64 ***" } end,
  nan = function() return NAN end,
  ["nan-inside"] = function() return { deep = { { value = NAN } } } end,
  circular = circular,
  -- A function by itself would be a stream.
  callable = function() return { fn = circular } end,
}

return function(event) return answers[event.query.case]() end
