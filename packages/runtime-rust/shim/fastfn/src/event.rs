//! The event a handler gets (SPEC §6).

use std::ops::Deref;
use std::time::{SystemTime, UNIX_EPOCH};

use fastfn_wire::messages::Invoke;
use fastfn_wire::Item;
use serde_json::{Map, Value};

use crate::base64;
use crate::failure::Error;
use crate::values::{text_map, to_map, to_value};

/// One request: the event as JSON, and its body as bytes. Reads like the `Value` it holds: `event["query"]["name"]`.
#[derive(Debug, Clone)]
pub struct Event {
    value: Value,
    raw_body: Vec<u8>,
}

impl Event {
    /// The body as bytes, empty when there is none.
    pub fn raw_body(&self) -> &[u8] {
        &self.raw_body
    }

    /// The body as JSON; null when there is no body.
    ///
    /// # Errors
    /// It is no JSON.
    #[track_caller]
    pub fn json(&self) -> Result<Value, Error> {
        match self.raw_body.is_empty() {
            true => Ok(Value::Null),
            false => serde_json::from_slice(&self.raw_body).map_err(Error::from),
        }
    }

    /// A path parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.value["params"][name].as_str()
    }

    /// The (first) value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        let value = &self.value["query"][name];
        value.as_str().or_else(|| value[0].as_str())
    }

    /// A request header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.value["headers"][name].as_str()
    }

    /// All path parameters.
    pub fn params(&self) -> &Value {
        &self.value["params"]
    }

    /// The event as plain JSON, without `raw_body`.
    pub fn into_value(self) -> Value {
        self.value
    }
}

impl Deref for Event {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.value
    }
}

/// Makes events; holds what is the same in each.
pub struct EventFactory {
    env: Value,
    secrets: Value,
    version: Value,
    context: Map<String, Value>,
}

impl EventFactory {
    pub fn new(spec: &Item) -> EventFactory {
        let pairs = |key: &str| match spec.get(key) {
            Some(Item::Map(pairs)) => to_map(pairs),
            _ => Map::new(),
        };
        let context = pairs("context");
        EventFactory {
            env: Value::Object(pairs("env")),
            secrets: Value::Object(pairs("secrets")),
            version: context.get("version").cloned().unwrap_or_else(|| "default".into()),
            context,
        }
    }

    pub fn make(&self, call: Invoke) -> Event {
        let headers = header_map(&call.headers);
        let params = text_map(&call.params);
        let (body, is_base64) = body_text(&call.body);
        let context = self.context(&call);
        let client = Map::from_iter([
            ("ip".to_owned(), Value::String(call.client_ip)),
            ("ua".to_owned(), headers.get("user-agent").cloned().unwrap_or_default()),
        ]);
        let mut event = Map::with_capacity(24);
        let mut put = |key: &str, value: Value| {
            event.insert(key.to_owned(), value);
        };
        put("id", call.request_id.into());
        put("ts", (call.ts as i64).into());
        put("method", call.method.into());
        put("path", call.path.into());
        put("raw_path", call.raw_path.into());
        put("query", query_map(&call.query));
        put("params", params.clone());
        put("path_params", params);
        put("headers", headers.into());
        put("body", body);
        put("is_base64", is_base64.into());
        put("session", call.session.as_ref().map_or(Value::Null, to_value));
        put("client", client.into());
        put("env", self.env.clone());
        put("secrets", self.secrets.clone());
        put("version", self.version.clone());
        put("context", context);
        for (name, value) in call.params {
            // A parameter wins over `id`, never over another key of the event. SPEC §7.
            if name == "id" || !event.contains_key(&name) {
                event.insert(name, Value::String(value));
            }
        }
        Event { value: Value::Object(event), raw_body: call.body }
    }

    fn context(&self, call: &Invoke) -> Value {
        let mut context = Map::with_capacity(self.context.len() + 5);
        context.insert("request_id".to_owned(), call.request_id.as_str().into());
        context.extend(self.context.iter().map(|(key, value)| (key.clone(), value.clone())));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64() * 1000.0);
        context.insert("deadline_ms".to_owned(), ((now + call.timeout_ms) as i64).into());
        for key in ["user", "trigger", "traceparent"] {
            context.insert(key.to_owned(), Value::Null);
        }
        if let Some(Item::Map(pairs)) = &call.context {
            context.extend(to_map(pairs));
        }
        context.into()
    }
}

fn body_text(body: &[u8]) -> (Value, bool) {
    if body.is_empty() {
        return (Value::Null, false);
    }
    match std::str::from_utf8(body) {
        Ok(text) => (text.into(), false),
        Err(_) => (base64::encode(body).into(), true),
    }
}

/// `name\nvalue\n…` by name.
fn header_map(lines: &str) -> Map<String, Value> {
    let mut headers = Map::new();
    if !lines.is_empty() {
        let mut lines = lines.split('\n');
        while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
            headers.insert(name.to_owned(), value.into());
        }
    }
    headers
}

/// Values by name; a list when the name repeats.
fn query_map(pairs: &[(String, String)]) -> Value {
    let mut query: Map<String, Value> = Map::new();
    for (name, value) in pairs {
        match query.get_mut(name) {
            None => {
                query.insert(name.clone(), value.as_str().into());
            }
            Some(Value::Array(values)) => values.push(value.as_str().into()),
            Some(first) => *first = Value::Array(vec![first.take(), value.as_str().into()]),
        }
    }
    query.into()
}
