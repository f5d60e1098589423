//! Settings of the sign-in experience and keyed configuration (traces 40-14, 40-16, 00-08).
