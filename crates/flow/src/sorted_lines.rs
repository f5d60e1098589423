//! Lists that are built in as text: one entry a line, sorted by bytes (assets/lists/README.md).

use std::cmp::Ordering;

/// Searches the lines by halves.
pub(crate) fn contains(sorted: &str, wanted: &str) -> bool {
    let mut rest = sorted;
    while !rest.is_empty() {
        let bytes = rest.as_bytes();
        let middle = bytes.len() / 2;
        let start = bytes[..middle].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let end = bytes[middle..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| middle + at);
        match rest.get(start..end).map(|line| line.cmp(wanted)) {
            Some(Ordering::Equal) => return true,
            Some(Ordering::Greater) => rest = rest.get(..start).unwrap_or_default(),
            Some(Ordering::Less) => rest = rest.get(end + 1..).unwrap_or_default(),
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::contains;

    #[test]
    fn every_whole_line_is_found_and_nothing_else() {
        let list = "a\nab\nb\nccc\n";
        for line in ["a", "ab", "b", "ccc"] {
            assert!(contains(list, line) && contains(list.trim_end(), line), "{line}");
        }
        for other in ["", "\n", "aa", "c", "cccc", "a\nab", "d", "\u{e4}"] {
            assert!(!contains(list, other), "{other:?}");
        }
    }
}
