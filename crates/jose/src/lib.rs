//! Keys, JWK sets, signing and verifying of JWTs (RFC 7515, 7517, 7518, 7519).
