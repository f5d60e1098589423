//! What a page offers to set up. It is derived from the interaction, or from the token of an account page, so that showing the page
//! writes nothing, and showing it again shows the same. The keys are sealed at rest and the interaction's id is known to its browser alone.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::ids::UserId;

const ID_BYTES: usize = 14;
const SECRET_BYTES: usize = 50;

/// What is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    App,
    BackupCodes,
    Passkey,
}

impl Offer {
    fn label(self) -> &'static str {
        match self {
            Self::App => "offered authenticator app",
            Self::BackupCodes => "offered backup codes",
            Self::Passkey => "offered passkey",
        }
    }
}

/// An offer to one user in one interaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OfferedSecret {
    /// The id of the verification that takes it up.
    pub verification_id: String,
    pub bytes: [u8; SECRET_BYTES],
}

/// Derives the offers of one interaction.
#[derive(Debug, Clone)]
pub(crate) struct OfferSource {
    /// The tenant's keys for cookies, newest first.
    pub keys: Vec<String>,
    /// The secret id of the interaction, or what takes its place.
    pub uid: String,
}

impl OfferSource {
    /// What is offered now.
    pub fn newest(&self, offer: Offer, user_id: &UserId) -> Option<OfferedSecret> {
        self.all(offer, user_id).next()
    }

    /// What was offered under this id, also before the keys were rotated.
    pub fn find(&self, offer: Offer, user_id: &UserId, verification_id: &str) -> Option<OfferedSecret> {
        self.all(offer, user_id).find(|offered| offered.verification_id == verification_id)
    }

    fn all(&self, offer: Offer, user_id: &UserId) -> impl Iterator<Item = OfferedSecret> {
        let message = [offer.label(), self.uid.as_str(), user_id.as_str()].join("\0");
        self.keys.iter().filter_map(move |key| {
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, key.as_bytes()), message.as_bytes());
            let (id, bytes) = tag.as_ref().split_at_checked(ID_BYTES)?;
            Some(OfferedSecret { verification_id: URL_SAFE_NO_PAD.encode(id), bytes: bytes.try_into().ok()? })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(keys: &[&str], uid: &str) -> OfferSource {
        OfferSource { keys: keys.iter().map(|key| (*key).to_owned()).collect(), uid: uid.to_owned() }
    }

    #[test]
    fn an_offer_is_the_same_again_and_another_for_anything_else() {
        let (ada, bob) = (UserId::from("ada"), UserId::from("bob"));
        let offered = source(&["k"], "i").newest(Offer::App, &ada).unwrap();
        assert_eq!(source(&["k"], "i").newest(Offer::App, &ada).unwrap(), offered);
        let others = [
            source(&["k"], "i").newest(Offer::BackupCodes, &ada),
            source(&["k"], "i").newest(Offer::App, &bob),
            source(&["k"], "j").newest(Offer::App, &ada),
            source(&["l"], "i").newest(Offer::App, &ada),
        ];
        for other in others.map(Option::unwrap) {
            assert!(other.bytes != offered.bytes && other.verification_id != offered.verification_id);
        }
    }

    #[test]
    fn what_was_offered_before_the_keys_were_rotated_is_found() {
        let ada = UserId::from("ada");
        let offered = source(&["old"], "i").newest(Offer::BackupCodes, &ada).unwrap();
        let rotated = source(&["new", "old"], "i");
        assert_eq!(rotated.find(Offer::BackupCodes, &ada, &offered.verification_id), Some(offered.clone()));
        assert_ne!(rotated.newest(Offer::BackupCodes, &ada), Some(offered));
        assert_eq!(rotated.find(Offer::BackupCodes, &ada, ""), None);
    }
}
