//! The only source of randomness; tests seed it.

use std::sync::{Arc, Mutex, PoisonError};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Source of random bytes. Cheap to clone; clones of a seeded source share one stream.
#[derive(Clone, Default)]
pub struct Rng(Option<Arc<Mutex<ChaCha20Rng>>>);

impl std::fmt::Debug for Rng {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Rng(seeded)" } else { "Rng(system)" })
    }
}

impl Rng {
    /// The cryptographic generator of the system.
    pub fn system() -> Self {
        Self(None)
    }

    /// A reproducible stream for tests.
    pub fn seeded(seed: u64) -> Self {
        Self(Some(Arc::new(Mutex::new(ChaCha20Rng::seed_from_u64(seed)))))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }

    /// Fills `out` with random bytes.
    pub fn fill(&self, out: &mut [u8]) {
        match &self.0 {
            Some(seeded) => seeded.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(out),
            // The generator of aws-lc aborts rather than return weak bytes; it has no recoverable failure.
            None => aws_lc_rs::rand::fill(out).unwrap_or_else(|_| std::process::abort()),
        }
    }

    /// `length` characters drawn evenly from `alphabet` (at most 256 ASCII characters), without modulo bias.
    pub fn text(&self, alphabet: &[u8], length: usize) -> String {
        let size = alphabet.len().clamp(1, 256);
        let limit = 256 - 256 % size;
        let mut out = String::with_capacity(length);
        let mut buffer = [0; 64];
        while out.len() < length {
            self.fill(&mut buffer);
            for byte in buffer.map(usize::from) {
                if byte < limit && out.len() < length {
                    out.push(char::from(alphabet[byte % size]));
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_the_length_and_stays_in_the_alphabet() {
        let text = Rng::system().text(b"abc", 200);
        assert_eq!(text.len(), 200);
        assert!(text.bytes().all(|b| b"abc".contains(&b)));
    }

    #[test]
    fn a_seed_reproduces_the_stream() {
        assert_eq!(Rng::seeded(7).bytes::<16>(), Rng::seeded(7).bytes::<16>());
        assert_ne!(Rng::seeded(7).bytes::<16>(), Rng::seeded(8).bytes::<16>());
    }
}
