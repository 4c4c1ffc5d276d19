//! Between what travels and JSON, and JSON in words.

use fastfn_wire::Item;
use serde_json::{Map, Number, Value};

use crate::base64;

pub fn to_value(item: &Item) -> Value {
    match item {
        Item::Nil => Value::Null,
        Item::Bool(value) => Value::Bool(*value),
        Item::Int(n) => Value::from(*n),
        Item::Float(n) => Number::from_f64(*n).map_or(Value::Null, Value::Number),
        Item::Str(text) => Value::String(text.clone()),
        Item::Bin(bytes) => Value::String(base64::encode(bytes)),
        Item::Array(items) => items.iter().map(to_value).collect(),
        Item::Map(pairs) => Value::Object(to_map(pairs)),
    }
}

pub fn to_map(pairs: &[(String, Item)]) -> Map<String, Value> {
    pairs.iter().map(|(name, item)| (name.clone(), to_value(item))).collect()
}

/// An object of texts.
pub fn text_map(pairs: &[(String, String)]) -> Value {
    Value::Object(pairs.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect())
}

/// What a value is, in a few words.
pub fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(n) => format!("the number {}", n),
        Value::String(text) if text.chars().count() <= 40 => format!("the text {:?}", text),
        Value::String(text) => format!("the text {:?}", text.chars().take(40).chain(Some('…')).collect::<String>()),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
