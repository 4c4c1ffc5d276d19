//! The Rust daemon of PROTOCOL.md §3: starts compiled handlers as workers, stops and reaps them. Loads no user code.

mod control;
mod daemon;
mod spawn;
mod worker;

const USAGE: &str = "Usage: fastfn-rust-daemon --socket <path> [--lifeline]";

fn main() {
    let mut socket = None;
    let mut lifeline = false;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--socket" => socket = args.next(),
            "--lifeline" => lifeline = true,
            _ => quit(2, USAGE),
        }
    }
    let socket = socket.unwrap_or_else(|| quit(2, USAGE));
    if let Err(error) = daemon::run(&socket, lifeline) {
        quit(1, &format!("The daemon cannot listen on {}: {}", socket, error));
    }
}

fn quit(code: i32, message: &str) -> ! {
    eprintln!("{}", message);
    std::process::exit(code)
}
