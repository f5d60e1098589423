//! The server: slices, OpenID Connect endpoints, interaction pages.
