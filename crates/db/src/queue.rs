//! A bounded queue between async callers and the database threads.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
    limit: usize,
    deadline: Duration,
}

struct State<T> {
    items: VecDeque<(Instant, T)>,
    closed: bool,
}

/// An item, and whether it has waited longer than the deadline.
pub(crate) struct Dequeued<T> {
    pub item: T,
    pub expired: bool,
}

/// The queue is full or closed.
pub(crate) struct Refused;

impl<T> Queue<T> {
    pub(crate) fn new(limit: usize, deadline: Duration) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State { items: VecDeque::new(), closed: false }),
            filled: Condvar::new(),
            limit,
            deadline,
        })
    }

    pub(crate) fn push(&self, item: T) -> Result<(), Refused> {
        let mut state = self.lock();
        if state.closed || state.items.len() >= self.limit {
            return Err(Refused);
        }
        state.items.push_back((Instant::now(), item));
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// The next item; none once the queue is closed and empty.
    pub(crate) fn take(&self) -> Option<Dequeued<T>> {
        let mut state = self.lock();
        loop {
            if let Some(taken) = self.pop(&mut state) {
                return Some(taken);
            }
            if state.closed {
                return None;
            }
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next item if there is one now.
    pub(crate) fn try_take(&self) -> Option<Dequeued<T>> {
        self.pop(&mut self.lock())
    }

    /// Takes the items that have waited longer than the deadline. Also returns whether the queue is still open.
    pub(crate) fn take_expired(&self) -> (Vec<T>, bool) {
        let mut state = self.lock();
        // All items have the same deadline, so the oldest expire first.
        let expired = state.items.iter().take_while(|(since, _)| since.elapsed() > self.deadline).count();
        (state.items.drain(..expired).map(|(_, item)| item).collect(), !state.closed)
    }

    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }

    fn pop(&self, state: &mut State<T>) -> Option<Dequeued<T>> {
        let (since, item) = state.items.pop_front()?;
        Some(Dequeued { item, expired: since.elapsed() > self.deadline })
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_refuses_and_a_closed_one_drains() {
        let queue = Queue::new(2, Duration::from_secs(1));
        assert!(queue.push(1).is_ok() && queue.push(2).is_ok());
        assert!(queue.push(3).is_err());
        queue.close();
        assert_eq!(queue.take().map(|t| t.item), Some(1));
        assert_eq!(queue.take().map(|t| t.item), Some(2));
        assert!(queue.take().is_none());
        assert!(queue.push(4).is_err());
    }

    #[test]
    fn an_item_past_the_deadline_is_marked_expired() {
        let queue = Queue::new(2, Duration::ZERO);
        assert!(queue.push(1).is_ok());
        std::thread::sleep(Duration::from_millis(2));
        assert!(queue.take().is_some_and(|t| t.expired));
    }

    #[test]
    fn expired_items_can_be_taken_while_no_worker_runs() {
        let queue = Queue::new(3, Duration::from_millis(20));
        assert!(queue.push(1).is_ok() && queue.push(2).is_ok());
        assert_eq!(queue.take_expired(), (vec![], true));
        std::thread::sleep(Duration::from_millis(21));
        assert!(queue.push(3).is_ok());
        assert_eq!(queue.take_expired(), (vec![1, 2], true));
        queue.close();
        assert_eq!(queue.take_expired(), (vec![], false));
        assert_eq!(queue.take().map(|t| t.item), Some(3));
    }
}
