//! One form for text that people type: the same characters reach us composed or decomposed, full-width, or with
//! invisible characters that were copied along.

use unicode_normalization::UnicodeNormalization as _;

/// The form in which usernames and e-mail addresses are stored and compared: without surrounding space and invisible
/// characters, full-width characters as ordinary ones (RFC 8265 section 3.3), composed (NFC).
pub fn normalize_identifier(text: &str) -> String {
    text.trim().chars().filter(|c| !is_invisible(*c)).map(to_halfwidth).nfc().collect::<String>().trim().to_owned()
}

/// Whether the character shows nothing, so that two texts with and without it look the same
/// (`Default_Ignorable_Code_Point` of Unicode, and the other format characters).
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Full-width ASCII (U+FF01 to U+FF5E) and the ideographic space as input methods of Chinese and Japanese write them.
fn to_halfwidth(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    }
}

/// The text as one sorts it: `Åland` beside `Albania`.
pub fn without_accents(text: &str) -> String {
    text.nfd().filter(char::is_ascii).collect()
}

/// The forms in which a typed password may have been hashed: as given first, then composed (NFC), then decomposed (NFD).
/// At least one and at most three; a password in ASCII has one.
pub fn password_forms(password: &str) -> Vec<String> {
    let mut forms = vec![password.to_owned()];
    if !password.is_ascii() {
        for form in [password.nfc().collect::<String>(), password.nfd().collect()] {
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_that_look_the_same_are_the_same_identifier() {
        for typed in [
            "zoe\u{301}@example.com",
            " zo\u{e9}@example.com\u{200b}",
            "\u{feff}zo\u{e9}@exam\u{ad}ple.com\u{3000}",
            "zo\u{e9}\u{ff20}example\u{ff0e}com",
        ] {
            assert_eq!(normalize_identifier(typed), "zo\u{e9}@example.com", "{typed:?}");
        }
        assert_eq!(normalize_identifier("\u{ff41}lice\u{2060}"), "alice");
        assert_eq!(normalize_identifier("\u{202e}ecila\u{200d}"), "ecila");
        assert_eq!(normalize_identifier("\u{200b}"), "");
    }

    #[test]
    fn normalizing_twice_changes_nothing() {
        for text in ["a\u{3000}\u{200b} ", "\u{ff0b}\u{301}", "e\u{200d}\u{301}", " \u{200b} x"] {
            let once = normalize_identifier(text);
            assert_eq!(normalize_identifier(&once), once, "{text:?}");
        }
    }

    #[test]
    fn a_password_has_few_forms_and_the_given_one_is_first() {
        assert_eq!(password_forms("secret"), ["secret"]);
        assert_eq!(password_forms("p\u{e4}ss"), ["p\u{e4}ss", "pa\u{308}ss"]);
        assert_eq!(password_forms("pa\u{308}ss"), ["pa\u{308}ss", "p\u{e4}ss"]);
        assert_eq!(password_forms("\u{e4}a\u{308}").len(), 3, "mixed");
    }
}
