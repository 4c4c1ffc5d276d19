//! Cutting what a program printed into the texts of OUTPUT and LOG frames.

/// Most bytes of UTF-8 in one OUTPUT or LOG frame.
pub const MAX_TEXT: usize = 8192;

/// `data` as texts of at most 8 KiB, cut between characters; what is no UTF-8 reads as U+FFFD.
pub fn split_text(data: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(data);
    let mut rest: &str = &text;
    let mut texts = Vec::new();
    while !rest.is_empty() {
        let mut end = rest.len().min(MAX_TEXT);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        texts.push(rest[..end].to_owned());
        rest = &rest[end..];
    }
    texts
}

/// How many bytes of `data` end with a whole character, unless what follows can be no character anyway.
pub fn whole_chars(data: &[u8]) -> usize {
    let size = data.len();
    for back in 1..=size.min(4) {
        let byte = data[size - back];
        if byte & 0xc0 == 0x80 {
            continue;
        }
        let width = match byte {
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf7 => 4,
            _ => 1,
        };
        return if width > back { size - back } else { size };
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        let data = "é".repeat(5000);
        let texts = split_text(data.as_bytes());
        assert!(texts.iter().all(|text| text.len() <= MAX_TEXT));
        assert_eq!(texts.concat(), data);
        assert_eq!(split_text(&[b'a', 0xff]), ["a\u{fffd}"]);
        assert!(split_text(b"").is_empty());
    }

    #[test]
    fn half_a_character_is_kept_back() {
        assert_eq!(whole_chars("aé".as_bytes()), 3);
        assert_eq!(whole_chars(&"aé".as_bytes()[..2]), 1);
        assert_eq!(whole_chars(&"👋".as_bytes()[..3]), 0);
        assert_eq!(whole_chars(&[0x80, 0x80, 0x80, 0x80, 0x80]), 5);
        assert_eq!(whole_chars(b""), 0);
    }
}
