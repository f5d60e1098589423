//! The server: slices, OpenID Connect endpoints, interaction pages.

pub mod app;
pub mod applications;
pub mod audit;
pub mod clock;
pub mod configs;
mod connection;
pub mod errors;
pub mod expiry;
mod files;
pub mod hashing;
pub mod http;
mod https;
pub mod interaction;
pub mod listener;
pub mod migrations;
pub mod oidc;
pub mod organization_template;
pub mod organizations;
pub mod pages;
pub mod resources;
pub mod rights;
pub mod roles;
pub mod router;
pub mod routing;
pub mod search;
pub mod seed;
pub mod serve;
pub mod settings;
pub mod sign_in_experience;
mod status;
pub mod tenants;
pub mod users;

pub use app::App;
pub use errors::ApiError;
pub use settings::Settings;
pub use tenants::Tenant;
