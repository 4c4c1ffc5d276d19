//! What went wrong in a call, and what a developer wants to know of it: the user's own line.

use std::any::{type_name, Any};
use std::cell::RefCell;
use std::fmt::{self, Display};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::panic::{self, Location};

use fastfn_wire::Item;

use crate::call;
use crate::output::OUTPUT;

/// Bound of a message that travels.
const MAX_MESSAGE: usize = 8192;

/// An error of a handler that knows where it came up: `?` turns every error into one and notes the line.
///
/// ```
/// fn handler(event: fastfn::Event) -> Result<fastfn::serde_json::Value, fastfn::Error> {
///     let body = event.json()?;
///     let name = body["name"].as_str().ok_or_else(|| fastfn::Error::new("`name` is missing"))?;
///     Ok(name.into())
/// }
/// ```
pub struct Error {
    kind: &'static str,
    message: String,
    place: &'static Location<'static>,
}

impl Error {
    #[track_caller]
    pub fn new(message: impl Display) -> Error {
        Error { kind: "Error", message: message.to_string(), place: Location::caller() }
    }
}

impl<E: std::error::Error> From<E> for Error {
    #[track_caller]
    fn from(error: E) -> Error {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        Error { kind: type_name::<E>(), message, place: Location::caller() }
    }
}

impl Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "{} at {}", self.message, self.place)
    }
}

/// Why a call has no answer.
#[derive(Debug)]
pub enum Failure {
    /// The handler failed.
    Error { kind: String, message: String, place: Option<Place> },
    /// It returned something that is no response; the message says what was found and where.
    Invalid(String),
    /// It ended because of CANCEL.
    Canceled,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub file: String,
    pub line: u32,
}

impl Place {
    fn of(location: &Location) -> Place {
        Place { file: location.file().to_owned(), line: location.line() }
    }
}

impl Failure {
    /// Of the `Err` that a handler returned.
    pub fn from_error<E: Display + Any>(error: E) -> Failure {
        if let Some(Error { kind, message, place }) = (&error as &dyn Any).downcast_ref() {
            return Failure::Error { kind: kind.to_string(), message: message.clone(), place: Some(Place::of(place)) };
        }
        // The alternate form of anyhow and its like tells the causes too.
        Failure::Error { kind: type_name::<E>().to_owned(), message: format!("{:#}", error), place: None }
    }

    /// Of the panic that `catch_unwind` has just caught on this thread.
    pub fn from_panic(payload: &(dyn Any + Send)) -> Failure {
        let place = LAST_PANIC.with(|last| last.borrow_mut().take());
        Failure::Error { kind: "panic".to_owned(), message: panic_text(payload), place }
    }

    /// What the log shows of an error of the handler; the answer shows it in `dev` alone.
    pub fn report(&self, entry: &str) -> Option<String> {
        match self {
            Failure::Error { kind, message, place } => {
                Some(stack(kind, shortened(message), place.as_ref(), entry) + "\n")
            }
            _ => None,
        }
    }

    /// The elements of ERROR after the id.
    pub fn to_items(&self, entry: &str) -> [Item; 3] {
        match self {
            Failure::Canceled => ["canceled".into(), "The call was canceled.".into(), Item::Nil],
            Failure::Invalid(message) => ["invalid_response".into(), message.as_str().into(), Item::Nil],
            Failure::Error { kind, message, place } => {
                let message = shortened(message);
                let said = if message.is_empty() { kind } else { message };
                let summary = match kind.as_str() {
                    "panic" => format!("The handler panicked: {}", said),
                    _ => format!("The handler failed: {}", said),
                };
                ["handler_error".into(), summary.into(), debug(kind, message, place.as_ref(), entry)]
            }
        }
    }
}

fn debug(kind: &str, message: &str, place: Option<&Place>, entry: &str) -> Item {
    let or_nil = |item: Option<Item>| item.unwrap_or(Item::Nil);
    Item::Map(vec![
        ("type".to_owned(), kind.into()),
        ("message".to_owned(), message.into()),
        ("file".to_owned(), place.map_or(entry, |place| &place.file).into()),
        ("line".to_owned(), or_nil(place.map(|place| Item::Int(place.line as i64)))),
        ("source".to_owned(), or_nil(place.and_then(source_line).map(Item::Str))),
        ("stack".to_owned(), stack(kind, message, place, entry).into()),
    ])
}

fn stack(kind: &str, message: &str, place: Option<&Place>, entry: &str) -> String {
    match place {
        Some(place) => format!("{}: {}\n    at {}:{}", kind, message, place.file, place.line),
        None => format!("{}: {}\n    at {}", kind, message, entry),
    }
}

/// The text of a line, as it is on disk now.
fn source_line(place: &Place) -> Option<String> {
    let file = BufReader::new(File::open(&place.file).ok()?);
    file.lines().nth(place.line.checked_sub(1)? as usize)?.ok()
}

thread_local! {
    static LAST_PANIC: RefCell<Option<Place>> = RefCell::new(None);
}

/// Panics in calls are told by their ERROR; those of other threads are printed.
pub fn install_panic_hook() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(Place::of);
        if call::current().is_some() {
            LAST_PANIC.with(|last| *last.borrow_mut() = place);
            return;
        }
        let place = place.map_or_else(String::new, |place| format!(" at {}:{}", place.file, place.line));
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("unnamed");
        let text = format!("thread '{}' panicked{}: {}\n", name, place, panic_text(info.payload()));
        OUTPUT.write(2, text.as_bytes());
    }));
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text.to_string(),
        (_, Some(text)) => text.clone(),
        _ => "a value that is no text".to_owned(),
    }
}

fn shortened(text: &str) -> &str {
    let mut end = text.len().min(MAX_MESSAGE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
