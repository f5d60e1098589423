//! Units of work without the types of what they return: what runs a unit is then compiled once, and not for each handler.

use std::sync::{Arc, Mutex, PoisonError};

use db::DbError;

use super::{View, Work};

/// A unit that changes something. Its [`Answer`] has what it returned.
pub(crate) type WorkUnit = Box<dyn FnOnce(&Work<'_>) -> Result<(), Undone> + Send>;
/// A unit that only reads. Its [`Answer`] has what it returned.
pub(crate) type ViewUnit = Box<dyn FnOnce(&View<'_>) -> Result<(), Undone> + Send>;

/// Why a unit left nothing behind.
#[derive(Debug)]
pub(crate) enum Undone {
    /// For an error of its own, which its [`Answer`] has.
    ByItself,
    ByDatabase(DbError),
}

impl From<DbError> for Undone {
    fn from(error: DbError) -> Self {
        Self::ByDatabase(error)
    }
}

/// What a unit returned, for whoever waits for it.
pub(crate) struct Answer<T, E>(Arc<Mutex<Option<Result<T, E>>>>);

impl<T, E> Answer<T, E>
where
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    /// A unit that changes something, and its answer.
    pub(crate) fn of_work<F>(work: F) -> (WorkUnit, Self)
    where
        F: FnOnce(&Work<'_>) -> Result<T, E> + Send + 'static,
    {
        let answer = Self(Arc::default());
        let kept = Self(Arc::clone(&answer.0));
        (Box::new(move |unit| kept.keep(work(unit))), answer)
    }

    /// A unit that only reads, and its answer.
    pub(crate) fn of_view<F>(work: F) -> (ViewUnit, Self)
    where
        F: FnOnce(&View<'_>) -> Result<T, E> + Send + 'static,
    {
        let answer = Self(Arc::default());
        let kept = Self(Arc::clone(&answer.0));
        (Box::new(move |view| kept.keep(work(view))), answer)
    }

    fn keep(&self, returned: Result<T, E>) -> Result<(), Undone> {
        let done = returned.as_ref().map(drop).map_err(|_| Undone::ByItself);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(returned);
        done
    }

    /// What the unit returned, after it `ran`.
    ///
    /// # Errors
    /// Those of the unit, and of the database.
    pub(crate) fn take(self, ran: Result<(), Undone>) -> Result<T, E> {
        if let Err(Undone::ByDatabase(error)) = ran {
            return Err(error.into());
        }
        let returned = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        returned.unwrap_or_else(|| Err(DbError::Unavailable("the unit of work ended without an answer".into()).into()))
    }
}
