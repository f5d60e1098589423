//! What an account page offers to set up, as pages of a sign-in do ([`crate::interaction::offered_secrets`]): it is derived from the token of
//! this browser and a number that the page's form sends back. So showing a page writes nothing, what the form takes up is what was shown,
//! and no address or cookie holds the secret.

use kernel::id;

use super::visit::AccountPage;
use crate::callers::AccountOperation;
use crate::errors::ApiError;
use crate::interaction::offered_secrets::{Offer, OfferSource, OfferedSecret};
use crate::oidc::cookies;

/// The field of forms, and the parameter of downloads, that names an offer.
pub(super) const OFFER: &str = "offer";

/// An offer to the person who is signed in in this browser.
pub(super) struct NamedOffer {
    /// What the form sends back: the number, and the id that shows that the offer was made here.
    pub name: String,
    pub secret: OfferedSecret,
}

impl<O: AccountOperation> AccountPage<O> {
    /// Something new to set up.
    ///
    /// # Errors
    /// None where the tenant has keys.
    pub fn new_offer(&self, offer: Offer) -> Result<NamedOffer, ApiError> {
        let number = id::entity_id(&self.request.app.rng);
        let made = self.offers(&number).newest(offer, self.user.id());
        let secret = made.ok_or_else(|| ApiError::internal("no keys"))?;
        Ok(NamedOffer { name: format!("{number}.{}", secret.verification_id), secret })
    }

    /// What was offered under this name, to this person in this browser, also before the keys were rotated.
    pub fn find_offer(&self, offer: Offer, name: &str) -> Option<NamedOffer> {
        let (number, id) = name.split_once('.')?;
        let secret = self.offers(number).find(offer, self.user.id(), id)?;
        Some(NamedOffer { name: name.to_owned(), secret })
    }

    fn offers(&self, number: &str) -> OfferSource {
        let token = self.request.cookie(cookies::ACCOUNT).unwrap_or_default();
        OfferSource { keys: self.request.config.keys.cookie_keys.clone(), uid: format!("{token}\0{number}") }
    }
}
