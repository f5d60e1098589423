//! Text that people choose.

/// Whether the text changes the direction of what stands around it (Unicode Bidirectional Algorithm, section 2.1 and 2.2):
/// a name with such a character could make a sentence of ours read otherwise.
pub fn has_bidi_control(text: &str) -> bool {
    text.contains(is_bidi_control)
}

/// Whether a character is not seen, so that a name with it looks like another one. The joiners of scripts and of emoji are not meant
/// (U+200C, U+200D).
pub fn is_invisible(c: char) -> bool {
    is_bidi_control(c)
        || matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether the text has letters that are written from right to left (Hebrew, Arabic and their kin).
pub fn has_right_to_left(text: &str) -> bool {
    text.contains(|c| {
        matches!(c, '\u{590}'..='\u{8FF}' | '\u{200F}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}'
            | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
    })
}

/// The text for the middle of a sentence: it cannot change the direction of what stands around it. Characters that would are
/// left out, and a text from right to left is isolated (U+2068 and U+2069).
pub fn isolate(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !is_bidi_control(*c)).collect();
    if has_right_to_left(&plain) { format!("\u{2068}{plain}\u{2069}") } else { plain }
}

/// A message for people as a sentence: with a capital, unless it begins with a name or a value, and with a full stop, unless
/// it ends with another sign or an address.
pub fn sentence(text: &str) -> String {
    let word = text.split([' ', ',', ';']).next().unwrap_or_default().trim_end_matches(':');
    let is_word = !word.is_empty() && word.chars().all(|c| c.is_lowercase() || c == '\'' || c == '-');
    let mut characters = text.chars();
    let mut sentence: String = match characters.next().filter(|_| is_word) {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => text.to_owned(),
    };
    let last_word = text.rsplit(' ').next().unwrap_or_default();
    if text.ends_with(|c: char| c.is_alphanumeric() || c == '`') && !last_word.contains("://") {
        sentence.push('.');
    }
    sentence
}

/// The beginning of a text that a stranger chose, for the log: at most 256 bytes.
pub fn excerpt(text: &str) -> &str {
    (0..=text.len().min(256)).rev().find_map(|end| text.get(..end)).unwrap_or_default()
}

/// Embeddings, overrides and isolates.
pub fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g1_an_excerpt_is_short_and_still_text() {
        assert_eq!(excerpt("short"), "short");
        assert_eq!(excerpt(&"x".repeat(8192)), "x".repeat(256));
        assert_eq!(excerpt(&"\u{e9}".repeat(200)).len(), 256);
        assert_eq!(excerpt(&"\u{4f60}".repeat(200)).len(), 255);
    }

    #[test]
    fn a_message_is_a_sentence() {
        for (text, sentence_of_it) in [
            ("the port is taken", "The port is taken."),
            ("can't be read; run `loggia doctor`", "Can't be read; run `loggia doctor`."),
            ("port 3001 is taken (in use)", "Port 3001 is taken (in use)"),
            ("PORT is `x`; write a number", "PORT is `x`; write a number."),
            ("sqlite://x.db is no file", "sqlite://x.db is no file."),
            ("loggia.db is no file", "loggia.db is no file."),
            ("did you mean this?", "Did you mean this?"),
            ("write it as in https://a.example", "Write it as in https://a.example"),
            ("Done.", "Done."),
            ("", ""),
        ] {
            assert_eq!(sentence(text), sentence_of_it);
        }
    }

    #[test]
    fn a_name_cannot_turn_the_sentence_around_it() {
        assert_eq!(isolate("Ada"), "Ada");
        assert_eq!(isolate("\u{202e}gpj.exe"), "gpj.exe");
        assert_eq!(isolate("\u{5d0}\u{5d1}"), "\u{2068}\u{5d0}\u{5d1}\u{2069}");
        assert_eq!(isolate("\u{2069}\u{5d0}"), "\u{2068}\u{5d0}\u{2069}", "it does not end its own isolation");
        assert!(has_bidi_control("a\u{2066}") && !has_bidi_control("\u{5d0}"));
    }
}
