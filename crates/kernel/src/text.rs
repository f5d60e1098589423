//! Text that people choose.

/// Whether the text changes the direction of what stands around it (Unicode Bidirectional Algorithm, section 2.1 and 2.2):
/// a name with such a character could make a sentence of ours read otherwise.
pub fn has_bidi_control(text: &str) -> bool {
    text.contains(is_bidi_control)
}

/// Embeddings, overrides and isolates.
pub fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}
