//! Writing MessagePack in its shortest forms, and whole frames.

use crate::item::Item;
use crate::messages::{CHUNK, END, FAULT, HEAD};
use crate::Fault;

/// A frame: length, then the message.
pub fn frame(message: &[Item]) -> Vec<u8> {
    let mut out = begin_frame(64);
    put_array(&mut out, message.len());
    for item in message {
        put_item(&mut out, item);
    }
    end_frame(out)
}

pub fn fault_frame(fault: &Fault) -> Vec<u8> {
    frame(&[Item::Int(FAULT), fault.code.into(), fault.message.as_str().into()])
}

/// HEAD; `end`: the body is whole.
pub fn head_frame(id: u32, status: u16, headers: &[(String, String)], end: bool, body: &[u8]) -> Vec<u8> {
    let mut out = begin_frame(body.len() + 128);
    put_array(&mut out, 6);
    put_int(&mut out, HEAD);
    put_int(&mut out, id as i64);
    put_int(&mut out, status as i64);
    put_array(&mut out, headers.len() * 2);
    for (name, value) in headers {
        put_str(&mut out, name);
        put_str(&mut out, value);
    }
    put_int(&mut out, end as i64);
    put_bin(&mut out, body);
    end_frame(out)
}

pub fn chunk_frame(id: u32, data: &[u8]) -> Vec<u8> {
    let mut out = begin_frame(data.len() + 16);
    put_array(&mut out, 3);
    put_int(&mut out, CHUNK);
    put_int(&mut out, id as i64);
    put_bin(&mut out, data);
    end_frame(out)
}

pub fn end_of_call_frame(id: u32) -> Vec<u8> {
    frame(&[Item::Int(END), Item::Int(id as i64)])
}

pub fn put_item(out: &mut Vec<u8>, item: &Item) {
    match item {
        Item::Nil => out.push(0xc0),
        Item::Bool(false) => out.push(0xc2),
        Item::Bool(true) => out.push(0xc3),
        Item::Int(n) => put_int(out, *n),
        Item::Float(n) => put_float(out, *n),
        Item::Str(text) => put_str(out, text),
        Item::Bin(bytes) => put_bin(out, bytes),
        Item::Array(items) => {
            put_array(out, items.len());
            items.iter().for_each(|item| put_item(out, item));
        }
        Item::Map(pairs) => {
            put_map(out, pairs.len());
            for (name, item) in pairs {
                put_str(out, name);
                put_item(out, item);
            }
        }
    }
}

/// Outside −2^31 … 2^32 − 1 as float 64.
pub fn put_int(out: &mut Vec<u8>, n: i64) {
    match n {
        0..=0x7f => out.push(n as u8),
        0x80..=0xff => out.extend_from_slice(&[0xcc, n as u8]),
        0x100..=0xffff => put_wide(out, 0xcd, &(n as u16).to_be_bytes()),
        0x1_0000..=0xffff_ffff => put_wide(out, 0xce, &(n as u32).to_be_bytes()),
        -32..=-1 => out.push(n as i8 as u8),
        -0x80..=-33 => out.extend_from_slice(&[0xd0, n as i8 as u8]),
        -0x8000..=-0x81 => put_wide(out, 0xd1, &(n as i16).to_be_bytes()),
        -0x8000_0000..=-0x8001 => put_wide(out, 0xd2, &(n as i32).to_be_bytes()),
        _ => put_float(out, n as f64),
    }
}

pub fn put_float(out: &mut Vec<u8>, n: f64) {
    put_wide(out, 0xcb, &n.to_be_bytes());
}

pub fn put_str(out: &mut Vec<u8>, text: &str) {
    match text.len() {
        len @ 0..=31 => out.push(0xa0 | len as u8),
        len @ 32..=0xff => out.extend_from_slice(&[0xd9, len as u8]),
        len @ 0x100..=0xffff => put_wide(out, 0xda, &(len as u16).to_be_bytes()),
        len => put_wide(out, 0xdb, &(len as u32).to_be_bytes()),
    }
    out.extend_from_slice(text.as_bytes());
}

pub fn put_bin(out: &mut Vec<u8>, bytes: &[u8]) {
    match bytes.len() {
        len @ 0..=0xff => out.extend_from_slice(&[0xc4, len as u8]),
        len @ 0x100..=0xffff => put_wide(out, 0xc5, &(len as u16).to_be_bytes()),
        len => put_wide(out, 0xc6, &(len as u32).to_be_bytes()),
    }
    out.extend_from_slice(bytes);
}

fn put_array(out: &mut Vec<u8>, len: usize) {
    match len {
        0..=15 => out.push(0x90 | len as u8),
        16..=0xffff => put_wide(out, 0xdc, &(len as u16).to_be_bytes()),
        _ => put_wide(out, 0xdd, &(len as u32).to_be_bytes()),
    }
}

fn put_map(out: &mut Vec<u8>, len: usize) {
    match len {
        0..=15 => out.push(0x80 | len as u8),
        16..=0xffff => put_wide(out, 0xde, &(len as u16).to_be_bytes()),
        _ => put_wide(out, 0xdf, &(len as u32).to_be_bytes()),
    }
}

fn put_wide(out: &mut Vec<u8>, code: u8, bytes: &[u8]) {
    out.push(code);
    out.extend_from_slice(bytes);
}

fn begin_frame(room: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(room + 4);
    out.extend_from_slice(&[0; 4]);
    out
}

fn end_frame(mut out: Vec<u8>) -> Vec<u8> {
    let len = (out.len() - 4) as u32;
    out[..4].copy_from_slice(&len.to_be_bytes());
    out
}
