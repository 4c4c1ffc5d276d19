use axum::{extract::Query, routing::get, Json, Router};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Input {
    name: Option<String>,
}

#[derive(Serialize)]
struct Output {
    hello: String,
}

async fn hello(Query(input): Query<Input>) -> Json<Output> {
    Json(Output { hello: input.name.unwrap_or_else(|| "world".into()) })
}

#[tokio::main]
async fn main() {
    let port = std::env::var("PORT").expect("PORT");
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await.expect("a free port");
    axum::serve(listener, Router::new().route("/hello", get(hello))).await.expect("a running server");
}
