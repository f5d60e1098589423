//! Lines of a file, each of bounded length.

use std::io::{BufRead, Read as _, Result};

/// A user with all that belongs to it has a few kilobytes.
pub const MAX_LINE_BYTES: usize = 1 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
pub struct RawLine {
    /// From 1.
    pub number: u64,
    /// None for one of more than [`MAX_LINE_BYTES`].
    pub text: Option<Vec<u8>>,
    /// How many bytes were read, with the end.
    pub bytes: u64,
}

/// Reads lines. Blank ones are left out, and counted.
pub struct Lines<R> {
    input: R,
    number: u64,
    /// Of blank lines before the next.
    skipped_bytes: u64,
}

impl<R: BufRead> Lines<R> {
    pub fn new(input: R) -> Self {
        Self { input, number: 0, skipped_bytes: 0 }
    }

    /// The next line; none at the end.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn next(&mut self) -> Result<Option<RawLine>> {
        loop {
            let mut text = Vec::new();
            let mut bytes = self.read_part(&mut text)?;
            if bytes == 0 {
                return Ok(None);
            }
            self.number += 1;
            let is_whole = text.ends_with(b"\n") || text.len() <= MAX_LINE_BYTES;
            if !is_whole {
                bytes += self.skip_rest()?;
                return Ok(Some(RawLine {
                    number: self.number,
                    text: None,
                    bytes: bytes + std::mem::take(&mut self.skipped_bytes),
                }));
            }
            if self.number == 1 && text.starts_with(BYTE_ORDER_MARK) {
                text.drain(..BYTE_ORDER_MARK.len());
            }
            let text = text.trim_ascii();
            if text.is_empty() {
                self.skipped_bytes += bytes;
                continue;
            }
            let bytes = bytes + std::mem::take(&mut self.skipped_bytes);
            return Ok(Some(RawLine { number: self.number, text: Some(text.to_vec()), bytes }));
        }
    }

    /// Reads up to the end of the line, one byte more than allowed at most.
    fn read_part(&mut self, text: &mut Vec<u8>) -> Result<u64> {
        let limit = MAX_LINE_BYTES as u64 + 1;
        Ok(self.input.by_ref().take(limit).read_until(b'\n', text)? as u64)
    }

    fn skip_rest(&mut self) -> Result<u64> {
        let mut skipped = 0;
        loop {
            let mut part = Vec::new();
            let bytes = self.read_part(&mut part)?;
            skipped += bytes;
            if bytes == 0 || part.ends_with(b"\n") {
                return Ok(skipped);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<(u64, Option<String>, u64)> {
        let mut lines = Lines::new(text);
        let mut found = Vec::new();
        while let Some(RawLine { number, text, bytes }) = lines.next().unwrap() {
            found.push((number, text.map(|text| String::from_utf8(text).unwrap()), bytes));
        }
        found
    }

    #[test]
    fn lines_are_counted_with_the_blank_ones() {
        let expected = [(1, Some("{}".to_owned()), 6), (4, Some("b".to_owned()), 6), (5, Some("c".to_owned()), 1)];
        assert_eq!(
            all(b"\xef\xbb\xbf{}\n\n \r\n b\r\nc"),
            expected.map(|(n, t, b)| (n, t, if n == 4 { 8 } else { b }))
        );
        assert_eq!(all(b""), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_and_not_kept() {
        let text =
            [vec![b'x'; 3 * MAX_LINE_BYTES], b"\n{}\n".to_vec(), vec![b'y'; MAX_LINE_BYTES], b"\nz".to_vec()].concat();
        let found = all(&text);
        let lengths: Vec<_> = found.iter().map(|(n, text, _)| (*n, text.as_ref().map(String::len))).collect();
        assert_eq!(lengths, [(1, None), (2, Some(2)), (3, Some(MAX_LINE_BYTES)), (4, Some(1))]);
        assert_eq!(found.iter().map(|(_, _, bytes)| bytes).sum::<u64>(), text.len() as u64);
    }
}
