//! The places for connections on all ports together, shared fairly by client network (attack G1): when all are taken, a network
//! with few connections gets the place of an idle one of the network with the most.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::fair_share::{Admission, ClientNetwork, Shares};
use crate::timeout_stream::Activity;
use crate::tls::ClientCertificate;

/// Connections that lost their places and are not closed yet: each still has its file.
const MAX_CLOSING: usize = 64;
/// How many of the oldest connections are searched for an idle one.
const SEARCHED: usize = 64;

/// Who holds a place. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Connections {
    state: Arc<Mutex<State>>,
    /// Behind a proxy all connections come from its address: they are one share, and nobody gives way.
    is_behind_proxy: bool,
}

struct State {
    shares: Shares,
    /// By their order of arrival.
    held: HashMap<ClientNetwork, BTreeMap<u64, Held>>,
    arrived: u64,
    closing: usize,
}

struct Held {
    activity: Arc<Activity>,
    /// Dropped to take the place back.
    _keeps: oneshot::Sender<()>,
}

/// The place of one connection, free again when it is dropped.
pub(crate) struct Place {
    pub(crate) peer: SocketAddr,
    pub(crate) activity: Arc<Activity>,
    /// What the peer showed in the handshake.
    pub(crate) client_certificate: Option<ClientCertificate>,
    connections: Connections,
    network: ClientNetwork,
    number: u64,
    taken_back: oneshot::Receiver<()>,
}

impl Connections {
    /// All `limit` places are free.
    pub(crate) fn new(limit: usize, is_behind_proxy: bool) -> Self {
        let state = State { shares: Shares::new(limit), held: HashMap::new(), arrived: 0, closing: 0 };
        Self { state: Arc::new(Mutex::new(state)), is_behind_proxy }
    }

    /// A place for a new connection; none when all are taken and its network may not displace another's connection.
    pub(crate) fn enter(&self, peer: SocketAddr) -> Option<Place> {
        let network = if self.is_behind_proxy { ClientNetwork::default() } else { peer.ip().into() };
        let mut state = self.lock();
        match state.shares.admission(network) {
            Admission::Free => {}
            Admission::InsteadOf(largest) if state.closing < MAX_CLOSING => state.take_one_back(largest),
            Admission::InsteadOf(_) | Admission::Refused => return None,
        }
        let (keeps, taken_back) = oneshot::channel();
        let activity = Arc::<Activity>::default();
        state.arrived += 1;
        let number = state.arrived;
        state.shares.add(network);
        let held = Held { activity: Arc::clone(&activity), _keeps: keeps };
        state.held.entry(network).or_default().insert(number, held);
        Some(Place { peer, activity, client_certificate: None, connections: self.clone(), network, number, taken_back })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes back the place of the oldest idle connection of a network, or of its oldest one.
    fn take_one_back(&mut self, network: ClientNetwork) {
        let Some(held) = self.held.get(&network) else { return };
        let idle = held.iter().take(SEARCHED).find(|(_, one)| !one.activity.is_busy());
        let Some(number) = idle.or_else(|| held.first_key_value()).map(|(number, _)| *number) else { return };
        if self.leave(network, number) {
            self.closing += 1;
        }
    }

    /// Whether the connection still had its place.
    fn leave(&mut self, network: ClientNetwork, number: u64) -> bool {
        let Some(held) = self.held.get_mut(&network) else { return false };
        let had_place = held.remove(&number).is_some();
        if held.is_empty() {
            self.held.remove(&network);
        }
        if had_place {
            self.shares.remove(network);
        }
        had_place
    }
}

impl Place {
    /// Completes when the place is given to another network. The connection must end then.
    pub(crate) async fn taken_back(&mut self) {
        // Nothing is ever sent: the sender goes.
        drop((&mut self.taken_back).await);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.connections.lock();
        if !state.leave(self.network, self.number) {
            state.closing -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(last: u8) -> SocketAddr {
        ([192, 0, 2, last], 40_000).into()
    }

    fn is_taken_back(place: &mut Place) -> bool {
        place.taken_back.try_recv() == Err(oneshot::error::TryRecvError::Closed)
    }

    #[test]
    fn g1_a_crowd_from_one_address_gives_way_to_others() {
        let connections = Connections::new(4, false);
        let mut crowd: Vec<_> = (0..4).map(|_| connections.enter(peer(1)).unwrap()).collect();
        assert!(connections.enter(peer(1)).is_none(), "not to its own");
        let running = crowd[0].activity.start_request();
        let honest = connections.enter(peer(2)).unwrap();
        let taken: Vec<bool> = crowd.iter_mut().map(is_taken_back).collect();
        assert_eq!(taken, [false, true, false, false], "the oldest idle one");
        crowd.remove(1);
        assert!(connections.enter(peer(1)).is_none());
        drop(honest);
        drop(running);
        crowd.push(connections.enter(peer(1)).unwrap());
        drop(crowd);
        let state = connections.lock();
        assert!(state.held.is_empty() && state.closing == 0, "nothing is kept");
    }

    #[test]
    fn g1_busy_connections_of_a_crowd_give_way_too() {
        let connections = Connections::new(3, false);
        let mut crowd: Vec<_> = (0..3).map(|_| connections.enter(peer(1)).unwrap()).collect();
        let _running: Vec<_> = crowd.iter().map(|place| place.activity.start_request()).collect();
        let _honest = connections.enter(peer(2)).unwrap();
        assert_eq!(crowd.iter_mut().map(is_taken_back).collect::<Vec<_>>(), [true, false, false]);
    }

    #[test]
    fn g1_connections_that_are_being_closed_stay_few() {
        let connections = Connections::new(1_000, false);
        let _crowd: Vec<_> = (0..1_000).map(|_| connections.enter(peer(1)).unwrap()).collect();
        let served: Vec<_> = (0..200).filter_map(|_| connections.enter(peer(2))).collect();
        assert_eq!(served.len(), MAX_CLOSING, "their files are still open");
    }

    #[test]
    fn g1_behind_a_proxy_nobody_gives_way() {
        let connections = Connections::new(2, true);
        let mut held = [connections.enter(peer(1)).unwrap(), connections.enter(peer(1)).unwrap()];
        assert!(connections.enter(peer(2)).is_none());
        assert!(!held.iter_mut().any(is_taken_back));
    }
}
