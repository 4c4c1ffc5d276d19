//! Which functions are handlers: what they may take and give. The compiler finds out; nothing is parsed.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;

use serde_json::{Map, Value};

use crate::answer::read_value;
use crate::event::Event;
use crate::failure::Failure;
use crate::response::{Body, Response};

/// A function of no, one or two arguments: the event, the path parameters. `Args` only tells the implementations apart.
pub trait Handler<Args>: Send + Sync + 'static {
    #[doc(hidden)]
    fn call(&self, event: Event) -> Answer;
}

/// What a handler's answer becomes; made by [`IntoAnswer`] alone.
pub type Answer = Result<Response, Failure>;

/// Types of a handler's first argument.
pub trait FromEvent {
    fn from_event(event: Event) -> Self;
}

/// Types of a handler's second argument.
pub trait FromParams {
    fn from_params(params: &Value) -> Self;
}

/// Types a handler may return. An enum of one's own hands on to those that are there.
pub trait IntoAnswer {
    fn into_answer(self) -> Answer;
}

impl<F, R> Handler<()> for F
where
    F: Fn() -> R + Send + Sync + 'static,
    R: IntoAnswer,
{
    fn call(&self, _: Event) -> Answer {
        self().into_answer()
    }
}

impl<F, A, R> Handler<(A,)> for F
where
    F: Fn(A) -> R + Send + Sync + 'static,
    A: FromEvent,
    R: IntoAnswer,
{
    fn call(&self, event: Event) -> Answer {
        self(A::from_event(event)).into_answer()
    }
}

impl<F, A, B, R> Handler<(A, B)> for F
where
    F: Fn(A, B) -> R + Send + Sync + 'static,
    A: FromEvent,
    B: FromParams,
    R: IntoAnswer,
{
    fn call(&self, event: Event) -> Answer {
        let params = B::from_params(event.params());
        self(A::from_event(event), params).into_answer()
    }
}

/// `&Value` and `&Event` in place of their owned forms.
#[doc(hidden)]
pub struct Borrowed<T>(std::marker::PhantomData<T>);

macro_rules! borrowed {
    ($event:ty) => {
        impl<F, R> Handler<Borrowed<($event,)>> for F
        where
            F: Fn(&$event) -> R + Send + Sync + 'static,
            R: IntoAnswer,
        {
            fn call(&self, event: Event) -> Answer {
                self(&<$event>::from_event(event)).into_answer()
            }
        }

        impl<F, R> Handler<Borrowed<($event, Value)>> for F
        where
            F: Fn(&$event, &Value) -> R + Send + Sync + 'static,
            R: IntoAnswer,
        {
            fn call(&self, event: Event) -> Answer {
                let params = event.params().clone();
                self(&<$event>::from_event(event), &params).into_answer()
            }
        }
    };
}

borrowed!(Value);
borrowed!(Event);

impl FromEvent for Event {
    fn from_event(event: Event) -> Event {
        event
    }
}

impl FromEvent for Value {
    fn from_event(event: Event) -> Value {
        event.into_value()
    }
}

impl FromParams for Value {
    fn from_params(params: &Value) -> Value {
        params.clone()
    }
}

impl FromParams for Map<String, Value> {
    fn from_params(params: &Value) -> Self {
        params.as_object().cloned().unwrap_or_default()
    }
}

impl FromParams for HashMap<String, String> {
    fn from_params(params: &Value) -> Self {
        texts(params).collect()
    }
}

impl FromParams for BTreeMap<String, String> {
    fn from_params(params: &Value) -> Self {
        texts(params).collect()
    }
}

fn texts(params: &Value) -> impl Iterator<Item = (String, String)> + '_ {
    let pairs = params.as_object().into_iter().flatten();
    pairs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
}

impl IntoAnswer for Response {
    fn into_answer(self) -> Answer {
        Ok(self)
    }
}

impl IntoAnswer for Value {
    fn into_answer(self) -> Answer {
        read_value(self).map_err(Failure::Invalid)
    }
}

impl IntoAnswer for Map<String, Value> {
    fn into_answer(self) -> Answer {
        Value::Object(self).into_answer()
    }
}

impl<T: IntoAnswer> IntoAnswer for Option<T> {
    fn into_answer(self) -> Answer {
        match self {
            Some(value) => value.into_answer(),
            None => Ok(Response::from(())),
        }
    }
}

impl<T: IntoAnswer, E: Display + 'static> IntoAnswer for Result<T, E> {
    fn into_answer(self) -> Answer {
        self.map_err(Failure::from_error)?.into_answer()
    }
}

macro_rules! bodies_are_answers {
    ($($kind:ty),*) => {
        $(impl IntoAnswer for $kind {
            fn into_answer(self) -> Answer {
                Ok(Response::new(200).body(Body::from(self)))
            }
        })*
    };
}

bodies_are_answers!((), &'static str, String, Vec<u8>, bool, i32, i64, u32, u64, usize, f64);
