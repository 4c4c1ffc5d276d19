//! The golden vectors of PROTOCOL.md §5.

use std::fs;

use fastfn::serde_json::{from_str, Value};
use fastfn_wire::decode::Reader;
use fastfn_wire::encode::frame;
use fastfn_wire::frames::{FrameReader, DEFAULT_MAX_FRAME};
use fastfn_wire::messages::{check_hello, not_greeted, read_for_daemon, read_for_worker, Link, ToDaemon, ToWorker};
use fastfn_wire::{Fault, Item};

fn vectors(name: &str) -> Value {
    let path = format!("{}/../../../protocol/vectors/{}", env!("CARGO_MANIFEST_DIR"), name);
    from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// A string, or a list of strings and `{"$repeat", "times"}`.
fn joined(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(joined).collect(),
        other => other["$repeat"].as_str().unwrap().repeat(other["times"].as_u64().unwrap() as usize),
    }
}

fn bytes(hex: &Value) -> Vec<u8> {
    let hex = joined(hex);
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap()).collect()
}

fn base64(value: &Value) -> Vec<u8> {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let one = |text: &str| {
        let mut bits = 0u32;
        let mut count = 0;
        let mut out = Vec::new();
        for char in text.chars().filter(|char| *char != '=') {
            bits = bits << 6 | alphabet.find(char).unwrap() as u32;
            count += 6;
            if count >= 8 {
                count -= 8;
                out.push((bits >> count) as u8);
            }
        }
        out
    };
    match value {
        Value::String(text) => one(text),
        other => one(other["$repeat"].as_str().unwrap()).repeat(other["times"].as_u64().unwrap() as usize),
    }
}

fn item(value: &Value) -> Item {
    match value {
        Value::Null => Item::Nil,
        Value::Bool(value) => Item::Bool(*value),
        Value::Number(n) => match n.as_i64() {
            Some(n) if (-0x8000_0000..=0xffff_ffff).contains(&n) => Item::Int(n),
            _ => Item::Float(n.as_f64().unwrap()),
        },
        Value::String(text) => Item::Str(text.clone()),
        Value::Array(items) => Item::Array(items.iter().map(item).collect()),
        Value::Object(pairs) => match pairs.iter().next() {
            Some((key, value)) if key == "$bin" => Item::Bin(base64(value)),
            Some((key, value)) if key == "$str" => Item::Str(joined(value)),
            Some((key, value)) if key == "$float" => Item::Float(value.as_f64().unwrap()),
            _ => Item::Map(pairs.iter().map(|(key, value)| (key.clone(), item(value))).collect()),
        },
    }
}

/// Whole floats and integers of a value mean the same.
fn same(left: &Item, right: &Item) -> bool {
    match (left, right) {
        (Item::Array(left), Item::Array(right)) => {
            // Elements beyond those known are ignored; missing ones read as nil.
            let nil = Item::Nil;
            right.iter().enumerate().all(|(at, right)| same(left.get(at).unwrap_or(&nil), right))
        }
        (Item::Map(left), Item::Map(right)) => right.iter().all(|(key, right)| {
            left.iter().find(|(name, _)| name == key).map_or(*right == Item::Nil, |(_, left)| same(left, right))
        }),
        (Item::Int(left), Item::Float(right)) | (Item::Float(right), Item::Int(left)) => *left as f64 == *right,
        (Item::Str(left), Item::Bin(right)) => left.as_bytes() == &right[..],
        (Item::Nil, Item::Bin(right)) => right.is_empty(),
        (Item::Nil, Item::Int(0)) | (Item::Nil, Item::Bool(false)) => true,
        (Item::Nil, Item::Array(right)) => right.is_empty(),
        _ => left == right,
    }
}

fn payload(bytes: &[u8]) -> Vec<u8> {
    let mut reader = FrameReader::new(DEFAULT_MAX_FRAME);
    reader.feed(bytes);
    let payload = reader.next_payload().unwrap().unwrap().to_vec();
    reader.check_end().unwrap();
    payload
}

#[test]
fn every_message_is_read_and_written() {
    let vectors = vectors("messages.json");
    let messages = vectors["messages"].as_array().unwrap();
    assert!(messages.len() > 50);
    for message in messages {
        let name = &message["name"];
        let bytes = bytes(&message["hex"]);
        let value = item(&message["value"]);
        let payload = payload(&bytes);
        let mut reader = Reader::new(&payload);
        let read = reader.item(0).unwrap_or_else(|fault| panic!("{}: {:?}", name, fault));
        reader.check_finished().unwrap();
        assert!(same(&read, &value), "{}: {:?}", name, read);
        match (&value, message["canonical"] == true) {
            (Item::Array(items), true) => assert!(frame(items) == bytes, "{}: {:x?}", name, frame(items)),
            _ => {}
        }
        let kind = message["value"][0].as_i64().unwrap();
        match kind {
            0..=3 | 10 | 13 => drop(read_for_daemon(&payload).unwrap_or_else(|fault| panic!("{}: {:?}", name, fault))),
            20..=23 => drop(read_for_worker(&payload).unwrap_or_else(|fault| panic!("{}: {:?}", name, fault))),
            _ => {}
        }
    }
}

#[test]
fn an_invocation_is_read_field_by_field() {
    let vectors = vectors("messages.json");
    let is_invoke = |message: &&Value| message["canonical"] == true && message["value"][0] == 20;
    for message in vectors["messages"].as_array().unwrap().iter().filter(is_invoke) {
        let invoke = match read_for_worker(&payload(&bytes(&message["hex"]))).unwrap() {
            ToWorker::Invoke(invoke) => invoke,
            other => panic!("{:?}", other),
        };
        let value = item(&message["value"]);
        let fields = match &value {
            Item::Array(fields) => fields,
            _ => unreachable!(),
        };
        assert_eq!(invoke.id as i64, fields[1].as_int().unwrap());
        assert_eq!(invoke.path, fields[4].as_str().unwrap());
        assert_eq!(invoke.headers, fields[8].as_str().unwrap());
        assert_eq!(Item::Bin(invoke.body), fields[15]);
    }
}

/// What a connection that gets these bytes ends with.
fn fault_of(vector: &Value) -> Option<Fault> {
    let limit = vector["limit"].as_u64().map_or(DEFAULT_MAX_FRAME, |limit| limit as usize);
    let mut reader = FrameReader::new(limit);
    reader.feed(&bytes(&vector["hex"]));
    let mut greeted = vector["after_hello"] == true;
    let run = |reader: &mut FrameReader, greeted: &mut bool| -> Result<(), Fault> {
        while let Some(payload) = reader.next_payload()? {
            let link = match vector["to"].as_str() {
                Some("daemon") => match read_for_daemon(payload)? {
                    ToDaemon::Link(link) => Some(link),
                    _ => None,
                },
                _ => match read_for_worker(payload)? {
                    ToWorker::Link(link) => Some(link),
                    _ => None,
                },
            };
            match link {
                Some(link) if !*greeted => {
                    check_hello(&link)?;
                    *greeted = true;
                }
                Some(Link::Hello { .. }) => return Err(Fault::new("unexpected_message", "HELLO came twice.")),
                None if !*greeted => return Err(not_greeted()),
                _ => {}
            }
        }
        if vector["eof"] == true {
            reader.check_end()?;
        }
        Ok(())
    };
    run(&mut reader, &mut greeted).err()
}

#[test]
fn invalid_bytes_are_faults() {
    let vectors = vectors("invalid.json");
    let mine = vectors["invalid"].as_array().unwrap().iter().filter(|vector| vector["to"] != "gateway");
    let mut count = 0;
    for vector in mine {
        count += 1;
        let fault = fault_of(vector).map(|fault| fault.code);
        assert_eq!(fault, vector["fault"].as_str(), "{}", vector["name"]);
    }
    assert!(count > 40);
}
