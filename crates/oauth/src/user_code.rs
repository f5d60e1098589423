//! The user code of the device flow (RFC 8628 section 6.1, inventory O096): eight letters that no two people read differently,
//! shown as `BCDF-GHJK`.

use kernel::Rng;

/// Consonants only: no word is spelled by accident, and no letter looks like a digit.
const ALPHABET: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
const LETTERS: usize = 8;
/// What is typed is looked at up to this many bytes.
const MAX_TYPED: usize = 64;

/// A user code without its separator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// A new code: 20^8, about 2.6 × 10^10 possibilities.
    pub fn random(rng: &Rng) -> Self {
        Self(rng.text(ALPHABET, LETTERS))
    }

    /// What a person typed: in any case, with any separators. `None` if it can't be a code.
    pub fn from_typed(typed: &str) -> Option<Self> {
        if typed.len() > MAX_TYPED {
            return None;
        }
        let letters: String = typed.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_uppercase()).collect();
        let fits = letters.len() == LETTERS && letters.bytes().all(|letter| ALPHABET.contains(&letter));
        fits.then_some(Self(letters))
    }

    /// As it is stored.
    pub fn letters(&self) -> &str {
        &self.0
    }

    /// As people read it.
    pub fn shown(&self) -> String {
        let (first, second) = self.0.split_at(LETTERS / 2);
        format!("{first}-{second}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_taken_however_it_is_typed() {
        let code = UserCode::random(&Rng::seeded(1));
        let shown = code.shown();
        assert_eq!((shown.len(), shown.as_bytes()[4]), (9, b'-'));
        for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', " "), format!(" {} ", code.letters())] {
            assert_eq!(UserCode::from_typed(&typed), Some(code.clone()), "{typed}");
        }
    }

    #[test]
    fn what_is_no_code_is_not_looked_up() {
        let long = "B".repeat(10_000);
        for typed in ["", "BCDF", "BCDF-GHJA", "BCDF-GHJ1", "BCDFGHJKL", "ＢCDFGHJK", "éBCDFGHJ", "' or 1=1", &long] {
            assert_eq!(UserCode::from_typed(typed), None, "{typed}");
        }
    }
}
