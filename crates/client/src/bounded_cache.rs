//! What is remembered of tokens, by their digest: the tokens themselves are not kept.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};

/// The SHA-256 of a token.
pub(crate) type TokenDigest = [u8; 32];

/// A bounded map in two generations: a full one takes the place of the other, so what is used stays.
pub(crate) struct BoundedCache<V> {
    capacity: usize,
    generations: Mutex<(HashMap<TokenDigest, V>, HashMap<TokenDigest, V>)>,
}

pub(crate) fn token_digest(token: &str) -> TokenDigest {
    let mut key = [0; 32];
    key.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    key
}

impl<V: Clone> BoundedCache<V> {
    /// Keeps at most `capacity` values.
    pub fn new(capacity: usize) -> Self {
        Self { capacity: capacity / 2, generations: Mutex::default() }
    }

    pub fn get(&self, key: &TokenDigest) -> Option<V> {
        self.find(&mut self.generations.lock().unwrap_or_else(PoisonError::into_inner), key)
    }

    /// The value if it still counts, else a new one: of many that ask at the same time all get the same.
    pub fn get_or_insert(&self, key: TokenDigest, counts: impl Fn(&V) -> bool, new: impl FnOnce() -> V) -> V {
        let mut held = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = self.find(&mut held, &key).filter(counts) {
            return value;
        }
        let value = new();
        self.store(&mut held, key, value.clone());
        value
    }

    pub fn insert(&self, key: TokenDigest, value: V) {
        self.store(&mut self.generations.lock().unwrap_or_else(PoisonError::into_inner), key, value);
    }

    pub fn remove(&self, key: &TokenDigest) {
        let mut held = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        held.0.remove(key);
        held.1.remove(key);
    }

    fn find(&self, held: &mut (HashMap<TokenDigest, V>, HashMap<TokenDigest, V>), key: &TokenDigest) -> Option<V> {
        if let Some(value) = held.0.get(key) {
            return Some(value.clone());
        }
        let value = held.1.remove(key)?;
        self.store(held, *key, value.clone());
        Some(value)
    }

    fn store(&self, held: &mut (HashMap<TokenDigest, V>, HashMap<TokenDigest, V>), key: TokenDigest, value: V) {
        if held.0.len() >= self.capacity {
            held.1 = std::mem::take(&mut held.0);
        }
        held.0.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_at_once_one_makes_the_value() {
        let cache = BoundedCache::new(100);
        let made = std::sync::atomic::AtomicUsize::new(0);
        let make = || made.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..1000).for_each(|_| assert_eq!(cache.get_or_insert([7; 32], |_| true, make), 0)));
            }
        });
        assert_eq!(cache.get_or_insert([7; 32], |_| false, make), 1, "what does not count is replaced");
    }

    #[test]
    fn it_stays_bounded_and_keeps_what_is_used() {
        let cache = BoundedCache::new(100);
        let used = token_digest("used");
        cache.insert(used, 0);
        for number in 1..1000 {
            cache.insert(token_digest(&number.to_string()), number);
            assert_eq!(cache.get(&used), Some(0), "{number}");
        }
        let held = cache.generations.lock().unwrap();
        assert!(held.0.len() + held.1.len() <= 100);
    }
}
