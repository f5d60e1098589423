//! The sign-in interaction as a state machine, without IO, clock or randomness.
//!
//! One request of the Experience API, or one form of the hosted pages, is one [`Event`]. The server loads the [`State`],
//! asks [`lookups`] what the step must know, answers from storage inside its unit of work, calls [`step`], performs the
//! [`Effect`]s and saves the new state with compare-and-swap. Statuses and codes are those of the contract (inventory
//! E001 to E085, traces 20-*); where Loggia is stricter than the reference server, the step says why.

pub mod date_pattern;
pub mod error;
mod event;
pub mod experience;
mod guards;
pub mod identifier;
mod lookups;
pub mod mfa;
mod missing_profile;
pub mod password;
pub mod phone;
pub mod profile_field;
mod sorted_lines;
mod state;
mod step;
pub mod unicode;
mod username;
pub mod verification;

pub use error::FlowError;
pub use event::{Effect, Event, ProfilePatch, StepOutcome, StepRejection, WebhookEvent};
pub use experience::SignInExperience;
pub use guards::require_registration_enabled;
pub use identifier::{Identifier, IdentifierType};
pub use lookups::{
    EnterpriseAccountId, LookupResults, Lookups, ProviderAccount, SsoConnector, StepInput, TenantPolicy, User, UserRef,
};
pub use missing_profile::{is_standard_claim, sign_up_fields};
pub use profile_field::ProfileField;
pub use state::{
    Captcha, EndedState, EnterpriseIdentity, InteractionEvent, Mfa, NewFactor, NewPasskey, Profile, ProviderTokenSet,
    SocialIdentity, State,
};
pub use step::{check_new_username, lookups, require_standing, step};
pub use username::has_username_form;
pub use verification::{PasswordDigest, VerificationRecord};
