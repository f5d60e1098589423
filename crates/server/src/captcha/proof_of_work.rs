//! The built-in proof: the browser finds numbers whose hashes begin with zeros. Many small puzzles take about as long every
//! time; one large puzzle would take a moment or a minute.
//!
//! A solution is `{challenge}.{number 0}.….{number 15}`, such that SHA-256(challenge ‖ index as one byte ‖ number as four bytes, big
//! endian) begins with [`BITS`] zero bits. The challenge is 32 bytes in base64url, signed for its interaction, so that asking
//! for one writes nothing and a wrong one costs one HMAC.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Timestamp;
use oauth::ttl;

use crate::webauthn::{ChallengePurpose, ChallengeSource};

/// The zero bits of each puzzle.
pub const BITS: u32 = 14;
/// The puzzles of a challenge: 16 × 2^14 hashes, about a second of a phone.
pub const PUZZLES: usize = 16;
/// What a form without JavaScript sends before the challenge.
pub const WAIT_PREFIX: &str = "wait.";
/// How long such a form waits instead, in seconds.
pub const WAIT_SECONDS: i64 = 20;

/// 32 bytes in base64url.
const CHALLENGE_CHARS: usize = 43;

/// How a challenge is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProofKind {
    Work,
    /// Time passed since the challenge was made.
    Waiting,
}

/// A proof that was not used up yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proof {
    pub kind: ProofKind,
    pub challenge: String,
    pub expires_at: Timestamp,
}

/// Why a text is no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unproven {
    /// Malformed, made for another interaction, expired or not solved.
    Wrong,
    /// The form came too early.
    TooEarly,
}

/// Reads a proof. Nothing is hashed for a challenge that is not ours.
pub(super) fn read(source: ChallengeSource<'_>, text: &str, now: Timestamp) -> Result<Proof, Unproven> {
    let (kind, rest) = match text.strip_prefix(WAIT_PREFIX) {
        Some(rest) => (ProofKind::Waiting, rest),
        None => (ProofKind::Work, text),
    };
    let (challenge, solution) = rest.split_at_checked(CHALLENGE_CHARS).ok_or(Unproven::Wrong)?;
    let bytes = URL_SAFE_NO_PAD.decode(challenge).map_err(|_| Unproven::Wrong)?;
    let issued = source.check(ChallengePurpose::ProofOfWork, challenge, now).map_err(|_| Unproven::Wrong)?;
    match kind {
        ProofKind::Work if !is_solved(&bytes, solution) => return Err(Unproven::Wrong),
        ProofKind::Waiting if !solution.is_empty() => return Err(Unproven::Wrong),
        ProofKind::Waiting if now < issued.plus_seconds(WAIT_SECONDS) => return Err(Unproven::TooEarly),
        ProofKind::Work | ProofKind::Waiting => {}
    }
    Ok(Proof { kind, challenge: challenge.to_owned(), expires_at: issued.plus_seconds(ttl::INTERACTION) })
}

fn is_solved(challenge: &[u8], solution: &str) -> bool {
    let mut numbers = solution.split('.');
    if numbers.next() != Some("") {
        return false;
    }
    let mut solved = 0;
    for (index, number) in (0_u8..).zip(numbers) {
        let is_right =
            usize::from(index) < PUZZLES && number.parse().is_ok_and(|number: u32| has_zeros(challenge, index, number));
        if !is_right {
            return false;
        }
        solved += 1;
    }
    solved == PUZZLES
}

fn has_zeros(challenge: &[u8], index: u8, number: u32) -> bool {
    let hash = digest(&SHA256, &[challenge, &[index], &number.to_be_bytes()].concat());
    let first = hash.as_ref().first_chunk::<4>().map_or(u32::MAX, |bytes| u32::from_be_bytes(*bytes));
    first.leading_zeros() >= BITS
}

/// Does the work, as a browser does.
#[cfg(test)]
fn solve(challenge: &str) -> String {
    let bytes = URL_SAFE_NO_PAD.decode(challenge).unwrap();
    let number = |index: u8| (0..).find(|number| has_zeros(&bytes, index, *number)).unwrap();
    (0..16).fold(challenge.to_owned(), |text, index| format!("{text}.{}", number(index)))
}

#[cfg(test)]
mod tests {
    use kernel::Rng;

    use super::*;

    fn keys() -> Vec<String> {
        vec!["new key".to_owned(), "old key".to_owned()]
    }

    fn source<'a>(keys: &'a [String], uid: &'a str) -> ChallengeSource<'a> {
        ChallengeSource { keys, uid }
    }

    fn issue(keys: &[String], now: Timestamp) -> String {
        source(keys, "own").issue(ChallengePurpose::ProofOfWork, &Rng::system(), now)
    }

    #[test]
    fn a_solution_counts_for_its_interaction_until_that_ends() {
        let (keys, now) = (keys(), Timestamp(1_000_000));
        let challenge = issue(&keys, now);
        let solution = solve(&challenge);
        let proof = read(source(&keys, "own"), &solution, now).unwrap();
        assert_eq!((proof.kind, proof.challenge.as_str()), (ProofKind::Work, challenge.as_str()));
        assert_eq!(proof.expires_at, now.plus_seconds(3600));
        let wrong = Err(Unproven::Wrong);
        assert_eq!(read(source(&keys, "other"), &solution, now), wrong, "of another interaction");
        assert_eq!(read(source(&keys, "own"), &solution, now.plus_seconds(3600)), wrong, "expired");
        assert_eq!(read(source(&["none".to_owned()], "own"), &solution, now), wrong, "of another server");
        let passkey = source(&keys, "own").issue(ChallengePurpose::Preflight, &Rng::system(), now);
        assert_eq!(read(source(&keys, "own"), &solve(&passkey), now), wrong, "made for something else");
    }

    #[test]
    fn every_puzzle_must_be_solved_and_each_proof_has_one_spelling() {
        let (keys, now) = (keys(), Timestamp(1_000_000));
        let challenge = issue(&keys, now);
        let solution = solve(&challenge);
        let (without_last, last) = solution.rsplit_once('.').unwrap();
        let numbers = solution.strip_prefix(&challenge).unwrap();
        for wrong in [
            String::new(),
            challenge.clone(),
            without_last.to_owned(),
            format!("{solution}.{last}"),
            format!("{solution}."),
            format!("{without_last}.-1"),
            format!("{challenge}={numbers}"),
            format!("{challenge}.{}", vec!["0"; PUZZLES].join(".")),
            format!("{}é{numbers}", &challenge[..42]),
            "é".repeat(60),
            format!("wait.{solution}"),
        ] {
            assert_eq!(read(source(&keys, "own"), &wrong, now), Err(Unproven::Wrong), "{wrong}");
        }
    }

    #[test]
    fn waiting_counts_after_its_time() {
        let (keys, now) = (keys(), Timestamp(1_000_000));
        let waited = format!("{WAIT_PREFIX}{}", issue(&keys, now));
        let read_after = |seconds| read(source(&keys, "own"), &waited, now.plus_seconds(seconds));
        assert_eq!(read_after(WAIT_SECONDS - 1), Err(Unproven::TooEarly));
        assert_eq!(read_after(WAIT_SECONDS).map(|proof| proof.kind), Ok(ProofKind::Waiting));
    }
}
