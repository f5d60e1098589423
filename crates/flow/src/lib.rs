//! The sign-in interaction as a state machine, without IO.
