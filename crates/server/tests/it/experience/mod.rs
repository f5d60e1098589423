//! Signing in, registering and resetting, as browsers do it (traces 20-*, 70-02, 70-03).

mod adaptive;
mod attacks;
mod audit;
pub mod authenticator;
mod codes;
mod enterprise_token_storage;
mod factor_attacks;
mod factor_codes;
pub mod factors;
pub mod fixture;
mod form_flows;
mod imported_passwords;
mod passkey_attacks;
mod passkeys;
mod policies;
pub mod provider;
mod register;
mod related_origins;
mod sign_in;
mod social;
mod social_attacks;
mod social_federation;
mod sso;
mod sso_attacks;
mod tabs;
mod token_storage;
mod token_storage_races;
