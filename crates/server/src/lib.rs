//! The server: slices, OpenID Connect endpoints, interaction pages.

pub mod app;
pub mod applications;
pub mod audit;
pub mod clock_check;
pub mod errors;
pub mod hashing;
mod health;
pub mod http;
pub mod interaction;
pub mod jobs;
pub mod listener;
pub mod migrations;
pub mod oidc;
pub mod organization_template;
pub mod organizations;
pub mod pages;
pub mod resources;
pub mod rights;
mod rlimit;
pub mod roles;
pub mod router;
pub mod routing;
pub mod search;
pub mod seed;
pub mod serve;
pub mod settings;
pub mod sign_in_experience;
mod stalled_write;
pub mod tenant_settings;
pub mod tenants;
mod tls;
pub mod users;

pub use app::App;
pub use errors::ApiError;
pub use settings::Settings;
pub use tenants::Tenant;
