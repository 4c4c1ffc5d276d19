use fastfn::{Event, Response};

pub fn handler(event: Event) -> Response {
    Response::bytes(event.raw_body()).header("content-type", event.header("content-type").unwrap_or_default())
}
