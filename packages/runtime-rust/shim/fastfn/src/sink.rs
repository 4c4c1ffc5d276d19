//! What one call (or, with id 0, no call) printed and is not sent yet. PROTOCOL.md, "Output".

use fastfn_wire::encode::frame;
use fastfn_wire::messages::OUTPUT;
use fastfn_wire::text::{split_text, whole_chars};

/// Bytes kept per call and stream. For what belongs to no call: per flush.
const MAX_KEPT: usize = 65_536;

#[derive(Debug)]
pub struct Sink {
    id: u32,
    streams: [Kept; 2],
    /// The call has ended: nothing is taken any more.
    pub done: bool,
    /// Somebody knows that there is something to send.
    pub noted: bool,
}

#[derive(Debug)]
struct Kept {
    data: Vec<u8>,
    /// In all, sent or not.
    size: usize,
    dropped: usize,
}

impl Sink {
    pub const fn new(id: u32) -> Sink {
        const NOTHING: Kept = Kept { data: Vec::new(), size: 0, dropped: 0 };
        Sink { id, streams: [NOTHING; 2], done: false, noted: false }
    }

    /// `stream`: 1 stdout, 2 stderr.
    pub fn add(&mut self, stream: usize, data: &[u8]) {
        let kept = &mut self.streams[stream - 1];
        let room = MAX_KEPT - kept.size;
        if data.len() <= room {
            kept.size += data.len();
            kept.data.extend_from_slice(data);
            return;
        }
        // Not in the middle of a character. From here on everything is dropped, or the text would have holes.
        let cut = whole_chars(&data[..room]);
        kept.data.extend_from_slice(&data[..cut]);
        kept.size = MAX_KEPT;
        kept.dropped += data.len() - cut;
    }

    /// Frames of what is there; `last`: with the count of what was dropped, and even half a character.
    pub fn take(&mut self, last: bool) -> Vec<u8> {
        let mut frames = Vec::new();
        for (at, kept) in self.streams.iter_mut().enumerate() {
            let whole = if last { kept.data.len() } else { whole_chars(&kept.data) };
            let rest = kept.data.split_off(whole);
            for text in split_text(&kept.data) {
                frames.extend_from_slice(&output_frame(self.id, at, text));
            }
            kept.data = rest;
            if last {
                if kept.dropped > 0 {
                    let line = format!("\n… {} more bytes dropped\n", kept.dropped);
                    frames.extend_from_slice(&output_frame(self.id, at, line));
                }
                *kept = Kept { data: Vec::new(), size: 0, dropped: 0 };
            }
        }
        frames
    }
}

fn output_frame(id: u32, at: usize, text: String) -> Vec<u8> {
    frame(&[OUTPUT.into(), (id as i64).into(), (at as i64 + 1).into(), text.into()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_between_characters_and_counted() {
        let mut sink = Sink::new(7);
        for _ in 0..100 {
            sink.add(1, "é".repeat(1000).as_bytes());
        }
        let frames = sink.take(true);
        let text = String::from_utf8_lossy(&frames);
        assert!(frames.len() < 66_000, "{}", frames.len());
        assert!(text.contains("… 134464 more bytes dropped"), "{}", &text[text.len() - 60..]);
        assert!(sink.take(true).is_empty());
    }

    #[test]
    fn half_a_character_waits_for_its_rest() {
        let mut sink = Sink::new(7);
        sink.add(2, &"é".as_bytes()[..1]);
        assert!(sink.take(false).is_empty());
        sink.add(2, &"é".as_bytes()[1..]);
        assert!(sink.take(false).ends_with("é".as_bytes()));
    }
}
