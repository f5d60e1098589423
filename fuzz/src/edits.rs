//! Small changes to a text that the code under test produced.

/// Each three bytes of `edits` replace one byte: two give the position, one the new value, which must be visible ASCII.
pub fn edited(text: &str, edits: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for edit in edits.as_bytes().chunks_exact(3) {
        let place = (usize::from(edit[0]) * 128 + usize::from(edit[1])) % bytes.len().max(1);
        if let (Some(byte), 0x20..=0x7e) = (bytes.get_mut(place), edit[2]) {
            *byte = edit[2];
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
