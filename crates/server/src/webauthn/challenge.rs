//! Challenges (section 13.4.3). Each says when it was made and is bound to its interaction by a keyed hash, so that asking for
//! one writes nothing: 6 bytes of time in milliseconds, 10 of randomness, 16 of HMAC-SHA-256.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Rng, Timestamp};
use oauth::ttl;

use super::{Credential, WebAuthnError, decode};

/// How long somebody who was asked for a passkey can answer.
const LIFETIME_SECONDS: i64 = 10 * 60;
const TIME_BYTES: usize = 6;
const RANDOM_BYTES: usize = 10;
const SIGNED_BYTES: usize = TIME_BYTES + RANDOM_BYTES;
const TAG_BYTES: usize = 16;

/// What a challenge is for. One of another purpose does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengePurpose {
    Registration,
    /// A second factor, or the passkey of a named user.
    Authentication,
    /// Anybody's passkey.
    Preflight,
    /// A proof of work. It is worth the same whenever it was done, so a page may stay open as long as its interaction.
    ProofOfWork,
}

impl ChallengePurpose {
    fn label(self) -> &'static str {
        match self {
            Self::Registration => "webauthn registration",
            Self::Authentication => "webauthn authentication",
            Self::Preflight => "webauthn preflight",
            Self::ProofOfWork => "proof of work",
        }
    }

    /// A page that offers passkeys beside its form waits for its visitor as long as its interaction does: an older challenge
    /// would refuse the passkey of whoever comes back to an open tab.
    fn lifetime_seconds(self) -> i64 {
        match self {
            Self::Registration | Self::Authentication => LIFETIME_SECONDS,
            Self::Preflight | Self::ProofOfWork => ttl::INTERACTION,
        }
    }
}

/// Makes and checks the challenges of one interaction.
#[derive(Debug, Clone, Copy)]
pub struct ChallengeSource<'a> {
    /// The tenant's keys for cookies, newest first.
    pub keys: &'a [String],
    /// The secret id of the interaction.
    pub uid: &'a str,
}

impl ChallengeSource<'_> {
    /// A new challenge, 43 characters of base64url.
    pub fn issue(&self, purpose: ChallengePurpose, rng: &Rng, now: Timestamp) -> String {
        let mut bytes = now.0.to_be_bytes()[8 - TIME_BYTES..].to_vec();
        bytes.extend(rng.bytes::<RANDOM_BYTES>());
        let tag = self.tag(self.keys.first().map_or("", String::as_str), purpose, &bytes);
        bytes.extend(tag.as_ref().iter().take(TAG_BYTES));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// When it was made, if it is ours and can still be answered.
    ///
    /// # Errors
    /// [`WebAuthnError::Challenge`].
    pub fn check(
        &self,
        purpose: ChallengePurpose,
        challenge: &str,
        now: Timestamp,
    ) -> Result<Timestamp, WebAuthnError> {
        let bytes = decode(challenge)?;
        let (signed, tag) = bytes.split_at_checked(SIGNED_BYTES).ok_or(WebAuthnError::Challenge)?;
        let is_ours = |key: &String| {
            let expected = self.tag(key, purpose, signed);
            expected.as_ref().get(..TAG_BYTES).is_some_and(|expected| constant_time_eq(expected, tag))
        };
        if !self.keys.iter().any(is_ours) {
            return Err(WebAuthnError::Challenge);
        }
        let issued = Timestamp(signed.iter().take(TIME_BYTES).fold(0, |time, byte| time << 8 | i64::from(*byte)));
        if issued <= now && now < issued.plus_seconds(purpose.lifetime_seconds()) {
            Ok(issued)
        } else {
            Err(WebAuthnError::Challenge)
        }
    }

    /// A credential that nobody has, always the same for one subject.
    pub fn decoy(&self, tenant_id: &str, subject: &str) -> Credential {
        // The oldest key, so that a new one does not change the answer.
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.keys.last().map_or(&[], |key| key.as_bytes()));
        let tag = hmac::sign(&key, format!("webauthn decoy\0{tenant_id}\0{subject}").as_bytes());
        Credential {
            credential_id: URL_SAFE_NO_PAD.encode(tag),
            public_key: String::new(),
            counter: 0,
            rp_id: None,
            transports: vec!["hybrid".to_owned(), "internal".to_owned()],
        }
    }

    fn tag(&self, key: &str, purpose: ChallengePurpose, signed: &[u8]) -> hmac::Tag {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        let mut message = format!("{}\0{}\0", purpose.label(), self.uid).into_bytes();
        message.extend(signed);
        hmac::sign(&key, &message)
    }
}

fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a, b).is_ok()
}
