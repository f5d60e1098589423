//! Which key signs when. It follows from the times alone, so that all nodes change keys at the same time, without a word.

use kernel::Timestamp;

/// A key that signs from some time on, until another one does.
pub(crate) trait Dated {
    fn effective_at(&self) -> Timestamp;

    /// Orders keys of the same time.
    fn ordinal(&self) -> i64;
}

/// The time and the ordinal of a key that follows all of `keys` and signs at `earliest` at the soonest: a clock that was moved
/// back changes no order.
pub(crate) fn following<T: Dated>(keys: &[T], earliest: Timestamp) -> (Timestamp, i64) {
    let latest = keys.iter().map(Dated::effective_at).max().unwrap_or_default();
    let ordinal = keys.iter().map(Dated::ordinal).max().unwrap_or_default();
    (earliest.max(latest), ordinal + 1)
}

/// Keys by what they do at one time.
#[derive(Debug)]
pub(crate) struct Timeline<T> {
    /// Keys that don't sign yet, the first to do so first. There is one at most, but for the moment after two rotations.
    pub next: Vec<T>,
    /// Signs. None only without any key.
    pub current: Option<T>,
    /// Signed before; what it signed is still accepted.
    pub previous: Option<T>,
    /// Signed before that.
    pub gone: Vec<T>,
}

impl<T: Dated> Timeline<T> {
    /// What the keys do at a time. The earliest one signs even before its time: a clock may have been moved back.
    pub fn at(mut keys: Vec<T>, now: Timestamp) -> Self {
        keys.sort_by_key(|key| (key.effective_at(), key.ordinal()));
        let effective = keys.iter().filter(|key| key.effective_at() <= now).count().max(1);
        let next = keys.split_off(effective.min(keys.len()));
        let (current, previous) = (keys.pop(), keys.pop());
        Self { next, current, previous, gone: keys }
    }

    /// When another key begins to sign.
    pub fn until(&self) -> Option<Timestamp> {
        self.next.first().map(Dated::effective_at)
    }

    /// The keys whose signatures are accepted: the current one, those to come, the previous one (inventory O002).
    pub fn into_accepted(self) -> impl Iterator<Item = T> {
        self.current.into_iter().chain(self.next).chain(self.previous)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Dated for i64 {
        fn effective_at(&self) -> Timestamp {
            Timestamp(*self)
        }

        fn ordinal(&self) -> i64 {
            0
        }
    }

    #[test]
    fn each_key_signs_from_its_time_until_the_next_one_does() {
        let at = |now: i64| {
            let timeline = Timeline::at(vec![40, 10, 30, 20], Timestamp(now));
            let until = timeline.until().map(Timestamp::millis);
            (timeline.next.clone(), timeline.current, timeline.previous, timeline.gone.clone(), until)
        };
        assert_eq!(at(5), (vec![20, 30, 40], Some(10), None, vec![], Some(20)));
        assert_eq!(at(19), (vec![20, 30, 40], Some(10), None, vec![], Some(20)));
        assert_eq!(at(20), (vec![30, 40], Some(20), Some(10), vec![], Some(30)));
        assert_eq!(at(39), (vec![40], Some(30), Some(20), vec![10], Some(40)));
        assert_eq!(at(99), (vec![], Some(40), Some(30), vec![10, 20], None));
        assert_eq!(Timeline::at(vec![40, 10, 30], Timestamp(30)).into_accepted().collect::<Vec<_>>(), [30, 40, 10]);
        assert_eq!(Timeline::<i64>::at(Vec::new(), Timestamp(1)).into_accepted().count(), 0);
    }
}
