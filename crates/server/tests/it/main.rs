//! Tests of the server through [`testkit::TestApp`], one binary for all: a module per subject.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access_control;
mod applications;
mod attacks;
mod audit_log;
mod captcha;
mod client_changes;
mod configuration;
mod connectors;
mod email_templates;
mod events;
mod experience;
mod foundation;
mod https;
mod identities;
mod logs;
mod mfa_factors;
mod model;
mod odd_input;
mod oidc;
mod one_time_tokens;
mod openapi;
mod organizations;
mod outbox;
mod pages;
mod personal_access_tokens;
mod profile_fields;
mod refusals;
mod resources;
mod roles;
mod sealing;
mod sign_in_experience;
mod third_party;
mod typed_text;
mod user_sessions;
mod users;
