//! What clients share is shared fairly by network: when it is used up, the network that holds the most gives way.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// The bits of an IPv6 address that name one customer's network; the rest is the customer's choice.
const IPV6_NETWORK: u128 = u128::MAX << 64;

/// Whom a share belongs to: an IPv4 address or an IPv6 /64. The default stands for callers without an address, such as the
/// command line; they share one share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientNetwork(Option<IpAddr>);

impl From<IpAddr> for ClientNetwork {
    fn from(address: IpAddr) -> Self {
        Self(Some(match address.to_canonical() {
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & IPV6_NETWORK).into(),
            v4 => v4,
        }))
    }
}

impl ClientNetwork {
    /// As counters name it.
    pub fn text(self) -> String {
        self.0.map_or_else(String::new, |address| address.to_string())
    }
}

/// How many of a limited number of places each network holds.
pub(crate) struct Shares {
    capacity: usize,
    total: usize,
    held: HashMap<ClientNetwork, usize>,
    /// The same by number, so that the largest is found at once during an attack.
    ranking: BTreeSet<(usize, ClientNetwork)>,
}

/// Whether there is a place for one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    Free,
    /// All places are taken; this network holds the most and must give up one.
    InsteadOf(ClientNetwork),
    /// All places are taken, and nobody holds more than the newcomer would.
    Refused,
}

impl Shares {
    /// Nothing is held yet.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, total: 0, held: HashMap::new(), ranking: BTreeSet::new() }
    }

    /// Whether `newcomer` may have one more place. A network that already holds as many as any other is refused.
    pub(crate) fn admission(&self, newcomer: ClientNetwork) -> Admission {
        if self.total < self.capacity {
            return Admission::Free;
        }
        let with_this = self.held.get(&newcomer).copied().unwrap_or(0) + 1;
        match self.ranking.last() {
            Some(&(most, network)) if most > with_this => Admission::InsteadOf(network),
            _ => Admission::Refused,
        }
    }

    /// One more place is held.
    pub(crate) fn add(&mut self, network: ClientNetwork) {
        let held = self.held.get(&network).copied().unwrap_or(0);
        self.total += 1;
        self.set(network, held, held + 1);
    }

    /// One place less is held.
    pub(crate) fn remove(&mut self, network: ClientNetwork) {
        if let Some(held) = self.held.get(&network).copied() {
            self.total -= 1;
            self.set(network, held, held - 1);
        }
    }

    fn set(&mut self, network: ClientNetwork, old: usize, new: usize) {
        self.ranking.remove(&(old, network));
        if new == 0 {
            self.held.remove(&network);
        } else {
            self.held.insert(network, new);
            self.ranking.insert((new, network));
        }
    }
}

/// A bounded number of things at the same time for each `K`, of which one network gets only a part.
#[derive(Debug)]
pub(crate) struct Places<K> {
    most: usize,
    most_per_network: usize,
    taken: Mutex<HashMap<K, HashMap<ClientNetwork, usize>>>,
}

/// A place that was taken. It is free again when this is dropped.
pub(crate) struct Place<'a, K: Eq + Hash + Clone> {
    places: &'a Places<K>,
    key: K,
    network: ClientNetwork,
}

impl<K: Eq + Hash + Clone> Places<K> {
    /// All places are free.
    pub(crate) fn new(most: usize, most_per_network: usize) -> Self {
        Self { most, most_per_network, taken: Mutex::default() }
    }

    /// Takes a place, if there is one for this network.
    pub(crate) fn take(&self, key: &K, network: ClientNetwork) -> Option<Place<'_, K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_key = taken.get(key);
        let all: usize = of_key.map_or(0, |of_key| of_key.values().sum());
        let own = of_key.and_then(|of_key| of_key.get(&network)).copied().unwrap_or(0);
        if all >= self.most || own >= self.most_per_network {
            return None;
        }
        taken.entry(key.clone()).or_default().insert(network, own + 1);
        Some(Place { places: self, key: key.clone(), network })
    }
}

impl<K: Eq + Hash + Clone> Drop for Place<'_, K> {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(of_key) = taken.get_mut(&self.key) else { return };
        if let Some(own) = of_key.get_mut(&self.network) {
            *own -= 1;
        }
        of_key.retain(|_, own| *own > 0);
        if of_key.is_empty() {
            taken.remove(&self.key);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn network(address: &str) -> ClientNetwork {
        address.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn c23_a_network_is_an_ipv4_address_or_an_ipv6_64() {
        assert_eq!(network("2001:db8:0:7::1"), network("2001:db8:0:7:ffff:ffff:ffff:ffff"));
        assert_ne!(network("2001:db8:0:7::1"), network("2001:db8:0:8::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"), "the form of sockets that take both");
        assert_ne!(network("::ffff:192.0.2.1"), network("::ffff:192.0.2.2"));
        assert_ne!(network("192.0.2.1"), ClientNetwork::default());
    }

    #[test]
    fn g1_one_network_takes_only_its_part_of_the_places() {
        let places = Places::new(3, 2);
        let (one, other) = (network("192.0.2.1"), network("192.0.2.2"));
        let mut held = vec![places.take(&"a", one).unwrap(), places.take(&"a", one).unwrap()];
        assert!(places.take(&"a", one).is_none());
        let last = places.take(&"a", other).unwrap();
        assert!(places.take(&"a", network("192.0.2.3")).is_none(), "all are taken");
        assert!(places.take(&"b", one).is_some(), "of another tenant");
        held.pop();
        assert!(places.take(&"a", one).is_some());
        drop((held, last));
        assert!(places.taken.lock().unwrap().is_empty(), "nothing is kept");
    }

    #[test]
    fn c23_the_largest_gives_way_to_whoever_holds_less() {
        let (large, small, third) = (network("192.0.2.1"), network("192.0.2.2"), network("192.0.2.3"));
        let mut shares = Shares::new(4);
        for network in [large, large, large, small] {
            assert_eq!(shares.admission(network), Admission::Free);
            shares.add(network);
        }
        assert_eq!(shares.admission(large), Admission::Refused);
        assert_eq!(shares.admission(small), Admission::InsteadOf(large));
        shares.remove(large);
        assert_eq!(shares.admission(large), Admission::Free);
        shares.add(third);
        assert_eq!(shares.admission(small), Admission::Refused, "it would hold as many as the largest");
        for network in [large, large, small, third] {
            shares.remove(network);
        }
        assert_eq!((shares.total, shares.held.len(), shares.ranking.len()), (0, 0, 0), "nothing is kept");
        shares.remove(large);
        assert_eq!(shares.total, 0);
    }
}
