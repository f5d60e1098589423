//! TestApp: the real router, a frozen clock, seeded randomness, both engines. Development only.
