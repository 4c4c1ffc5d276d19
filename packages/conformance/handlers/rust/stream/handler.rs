use std::fs::{create_dir_all, write};
use std::path::Path;
use std::time::Duration;

use fastfn::{sleep, Response};
use serde_json::Value;

fn note(name: &str, text: &str) {
    create_dir_all(".state").unwrap();
    write(format!(".state/{name}"), text).unwrap();
}

/// Notes, when it is dropped, that the stream has ended in whatever way.
struct Closes(String);

impl Drop for Closes {
    fn drop(&mut self) {
        note(&format!("closed-{}", self.0), "");
    }
}

fn text() -> Response {
    Response::stream(["one ", "two ", "three"].into_iter().inspect(|_| {
        sleep(Duration::from_millis(1));
    }))
}

fn bytes() -> Response {
    Response::stream(vec![vec![0u8, 255, 1], vec![254, 2]])
}

fn events(tag: String) -> Response {
    let first = std::iter::once("data: 1\n\n");
    let second = std::iter::once_with(move || {
        let gate = format!(".state/go-{tag}");
        while !Path::new(&gate).exists() && sleep(Duration::from_millis(5)) {}
        "data: 2\n\n"
    });
    Response::stream(first.chain(second)).header("content-type", "text/event-stream")
}

fn envelope() -> Response {
    Response::stream(["a", "b"]).status(201).header("x-stream", "yes").header("content-type", "text/x-thing")
}

fn fail() -> Response {
    Response::stream((0..2).map(|at| {
        if at == 1 {
            sleep(Duration::from_millis(20));
            return Err("stream-boom");
        }
        Ok("before")
    }))
}

fn flood(tag: String) -> Response {
    let closes = Closes(tag);
    Response::stream((1..=1000).map(move |sent| {
        note(&format!("sent-{}", closes.0), &sent.to_string());
        vec![b'f'; 65_536]
    }))
}

fn endless(tag: String) -> Response {
    let closes = Closes(tag);
    Response::stream(std::iter::repeat("tick\n").inspect(move |_| {
        let _ = &closes;
        sleep(Duration::from_millis(5));
    }))
}

pub fn handler(event: Value) -> Response {
    let tag = event["query"]["tag"].as_str().unwrap_or_default().to_owned();
    match event["query"]["mode"].as_str().unwrap_or_default() {
        "text" => text(),
        "bytes" => bytes(),
        "sse" => events(tag),
        "envelope" => envelope(),
        "empty" => Response::stream(Vec::<String>::new()),
        "fail" => fail(),
        "flood" => flood(tag),
        "endless" => endless(tag),
        other => panic!("there is no mode {other}"),
    }
}
