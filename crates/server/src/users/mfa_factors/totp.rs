//! Codes of authenticator apps (RFC 6238): HMAC-SHA-1, six digits, steps of 30 seconds, because that is what every app can do.

use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use kernel::{Rng, Timestamp, id};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

const STEP_SECONDS: i64 = 30;
const DIGITS: usize = 6;
/// 160 bits, the length of the hash (RFC 4226 section 4, R6).
const SEED_BYTES: usize = 20;
/// Other systems make seeds of 80 bits, and their users may come here; longer ones than a block of the hash gain nothing.
const ACCEPTED_SEED_BYTES: std::ops::RangeInclusive<usize> = 10..=64;
/// More would make the QR code too dense for a phone's camera.
const MAX_LABEL_CHARS: usize = 64;

/// The seed that an app shares with the server, in base32 without padding.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpKey(String);

impl TotpKey {
    /// A new seed.
    pub fn generate(rng: &Rng) -> Self {
        Self::from_seed(&rng.bytes())
    }

    /// This seed.
    pub fn from_seed(seed: &[u8; SEED_BYTES]) -> Self {
        Self(BASE32_NOPAD.encode(seed))
    }

    /// Reads a seed as people write it: in any case, with spaces, hyphens or padding.
    pub fn parse(text: &str) -> Option<Self> {
        let is_filler = |c: char| c.is_whitespace() || c == '-' || c == '=';
        let compact = text.chars().filter(|c| !is_filler(*c)).collect::<String>().to_ascii_uppercase();
        let seed = BASE32_NOPAD.decode(compact.as_bytes()).ok()?;
        ACCEPTED_SEED_BYTES.contains(&seed.len()).then_some(Self(compact))
    }

    /// The seed in base32.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the QR code holds: the seed, and under which names the app shows it.
    pub fn uri(&self, issuer: &str, label: &str) -> String {
        let label: String = label.chars().take(MAX_LABEL_CHARS).collect();
        let [issuer, label] = [issuer, &label].map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string());
        format!(
            "otpauth://totp/{issuer}:{label}?secret={}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}",
            self.0
        )
    }

    /// The time step whose code this is: the present one, or its neighbours, because clocks differ and typing takes time
    /// (RFC 6238 section 5.2). Steps up to `used` are over.
    pub fn matching_step(&self, code: &str, now: Timestamp, used: Option<i64>) -> Option<i64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let seed = BASE32_NOPAD.decode(self.0.as_bytes()).ok()?;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &seed);
        let present = now.seconds() / STEP_SECONDS;
        let mut found = None;
        // Every step is compared, so that the time says nothing about which it was.
        for step in present - 1..=present + 1 {
            let is_right = id::constant_time_eq(&code, &code_of_step(&key, step));
            if is_right && used.is_none_or(|used| step > used) {
                found = Some(step);
            }
        }
        found
    }
}

/// The code of a counter (RFC 4226 section 5.3).
fn code_of_step(key: &hmac::Key, step: i64) -> String {
    let tag = hmac::sign(key, &step.to_be_bytes());
    let hash = tag.as_ref();
    let offset = usize::from(hash.last().copied().unwrap_or_default() & 0x0f);
    let truncated =
        hash[offset..].iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:06}", truncated % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed of RFC 6238 appendix B.
    fn key() -> TotpKey {
        TotpKey(BASE32_NOPAD.encode(b"12345678901234567890"))
    }

    #[test]
    fn codes_are_those_of_rfc_6238_appendix_b() {
        // The last six of its eight digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let now = Timestamp(seconds * 1000);
            assert_eq!(key().matching_step(code, now, None), Some(seconds / 30));
            assert_eq!(key().matching_step(&format!(" {} {}", &code[..3], &code[3..]), now, None), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_lives_one_step_before_and_after_its_own() {
        let at = |seconds: i64, used| key().matching_step("287082", Timestamp(seconds * 1000), used);
        assert_eq!([0, 29, 30, 59, 60, 89].map(|seconds| at(seconds, None)), [Some(1); 6]);
        assert_eq!([90, 1_000].map(|seconds| at(seconds, None)), [None; 2]);
        assert_eq!([Some(0), Some(1), Some(2)].map(|used| at(45, used)), [Some(1), None, None]);
    }

    #[test]
    fn what_is_no_code_matches_no_step() {
        for code in ["", "28708", "2870820", "aaaaaa", "２８７０８２", "-87082", "000000"] {
            assert_eq!(key().matching_step(code, Timestamp(59_000), None), None, "{code}");
        }
    }

    #[test]
    fn seeds_are_read_as_people_write_them_and_short_ones_are_refused() {
        let key = TotpKey::parse("gezd gnbv-gy3t qojq GEZDGNBVGY3TQOJQ====").unwrap();
        assert_eq!(key.expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        for bad in ["", "GEZDGNBV", "GEZDGNBVGY3TQOJ1", "not base 32!", &"A".repeat(200)] {
            assert!(TotpKey::parse(bad).is_none(), "{bad}");
        }
        let new = TotpKey::generate(&Rng::seeded(1));
        assert_eq!((new.expose().len(), TotpKey::parse(new.expose()) == Some(new.clone())), (32, true));
    }

    #[test]
    fn names_cannot_add_parameters() {
        let uri = key().uri("auth.example.com", "Zoë & co?secret=A");
        assert!(
            uri.starts_with("otpauth://totp/auth%2Eexample%2Ecom:Zo%C3%AB%20%26%20co%3Fsecret%3DA?secret=GEZD"),
            "{uri}"
        );
    }
}
