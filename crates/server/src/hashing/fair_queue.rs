//! The queue before the hashing threads: networks take turns, so one that sends many passwords delays only itself.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::fair_share::{Admission, ClientNetwork, Shares};

/// Everything waits that may, and nobody holds more than the newcomer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct QueueFull;

/// A bounded queue that serves networks in turns.
struct FairQueue<T> {
    shares: Shares,
    waiting: HashMap<ClientNetwork, VecDeque<T>>,
    /// The networks with waiting jobs, the next one first.
    turns: VecDeque<ClientNetwork>,
}

impl<T> FairQueue<T> {
    fn new(capacity: usize) -> Self {
        Self { shares: Shares::new(capacity), waiting: HashMap::new(), turns: VecDeque::new() }
    }

    /// Appends a job. A full queue drops the newest job of the network with the most.
    fn push(&mut self, network: ClientNetwork, job: T) -> Result<(), QueueFull> {
        match self.shares.admission(network) {
            Admission::Free => {}
            Admission::Refused => return Err(QueueFull),
            Admission::InsteadOf(largest) => {
                // It has another one left, so it keeps its turn.
                self.waiting.get_mut(&largest).and_then(VecDeque::pop_back);
                self.shares.remove(largest);
            }
        }
        self.shares.add(network);
        let jobs = self.waiting.entry(network).or_default();
        if jobs.is_empty() {
            self.turns.push_back(network);
        }
        jobs.push_back(job);
        Ok(())
    }

    /// The oldest job of the network whose turn it is.
    fn pop(&mut self) -> Option<T> {
        let network = self.turns.pop_front()?;
        let jobs = self.waiting.get_mut(&network)?;
        let job = jobs.pop_front();
        if jobs.is_empty() {
            self.waiting.remove(&network);
        } else {
            self.turns.push_back(network);
        }
        self.shares.remove(network);
        job
    }
}

/// The end of the queue where threads wait for jobs.
pub(super) struct JobQueue<T> {
    state: Mutex<QueueState<T>>,
    changed: Condvar,
}

struct QueueState<T> {
    queue: FairQueue<T>,
    is_closed: bool,
}

/// The end of the queue where jobs come in. Dropping it ends the threads.
pub(super) struct JobSender<T>(Arc<JobQueue<T>>);

impl<T> JobQueue<T> {
    /// Both ends of a queue of at most `capacity` jobs.
    pub(super) fn new(capacity: usize) -> (JobSender<T>, Arc<Self>) {
        let state = QueueState { queue: FairQueue::new(capacity), is_closed: false };
        let queue = Arc::new(Self { state: Mutex::new(state), changed: Condvar::new() });
        (JobSender(Arc::clone(&queue)), queue)
    }

    /// Waits for the next job; none once the sender is gone.
    pub(super) fn next(&self) -> Option<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if state.is_closed {
                return None;
            }
            if let Some(job) = state.queue.pop() {
                return Some(job);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<T> JobSender<T> {
    /// Appends a job of `network`.
    pub(super) fn send(&self, network: ClientNetwork, job: T) -> Result<(), QueueFull> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).queue.push(network, job)?;
        self.0.changed.notify_one();
        Ok(())
    }
}

impl<T> Drop for JobSender<T> {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).is_closed = true;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fair_share::tests::network;

    fn drain(queue: &mut FairQueue<&'static str>) -> Vec<&'static str> {
        std::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn c23_networks_take_turns_and_each_keeps_its_order() {
        let (flood, honest) = (network("192.0.2.1"), network("192.0.2.2"));
        let mut queue = FairQueue::new(8);
        for job in ["f1", "f2", "f3", "f4"] {
            queue.push(flood, job).unwrap();
        }
        queue.push(honest, "h1").unwrap();
        queue.push(honest, "h2").unwrap();
        queue.push(ClientNetwork::default(), "c1").unwrap();
        assert_eq!(drain(&mut queue), ["f1", "h1", "c1", "f2", "h2", "f3", "f4"]);
        assert!(queue.waiting.is_empty() && queue.turns.is_empty(), "nothing is kept of networks without jobs");
    }

    #[test]
    fn c23_a_full_queue_drops_the_newest_job_of_the_largest_network() {
        let (flood, honest) = (network("192.0.2.1"), network("192.0.2.2"));
        let mut queue = FairQueue::new(4);
        for job in ["f1", "f2", "f3", "f4"] {
            queue.push(flood, job).unwrap();
        }
        assert_eq!(queue.push(flood, "f5"), Err(QueueFull));
        assert_eq!(queue.push(honest, "h1"), Ok(()));
        assert_eq!(queue.push(honest, "h2"), Ok(()));
        assert_eq!(queue.push(honest, "h3"), Err(QueueFull), "it has its half");
        assert_eq!(queue.push(flood, "f6"), Err(QueueFull));
        assert_eq!(drain(&mut queue), ["f1", "h1", "f2", "h2"]);
    }

    #[test]
    fn c23_addresses_of_one_ipv6_network_are_one_turn() {
        let mut queue = FairQueue::new(8);
        for (address, job) in [("2001:db8::1", "f1"), ("2001:db8::2", "f2"), ("2001:db8::3", "f3")] {
            queue.push(network(address), job).unwrap();
        }
        queue.push(network("2001:db8:0:1::1"), "h1").unwrap();
        assert_eq!(drain(&mut queue), ["f1", "h1", "f2", "f3"]);
    }

    #[test]
    fn a_thread_ends_when_the_sender_is_dropped() {
        let (sender, queue) = JobQueue::<u8>::new(1);
        let thread = std::thread::spawn(move || queue.next());
        drop(sender);
        assert_eq!(thread.join().unwrap(), None);
    }
}
