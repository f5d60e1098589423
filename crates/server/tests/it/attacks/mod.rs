//! Attack classes over all routes and flows (attacks.md): what no test of one slice can show.

mod calls;
mod halves;
mod people;
