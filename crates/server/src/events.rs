//! What happened, as subscribers (webhooks and their kin) are told.

pub(crate) mod origin;

/// The kinds of events; their names are those of `docs/contract/webhook-events.json`.
pub use ::api::hooks::HookEvent as EventKind;
pub use origin::InteractionOrigin;
use serde_json::{Map, Value};

/// The greatest number of ids in one member of an event (inventory H014).
const MAX_IDS: usize = 5000;

/// Something that happened in a tenant. [`crate::work::Work::emit`] says it.
#[derive(Debug, Clone)]
pub struct Event {
    pub kind: EventKind,
    pub body: EventBody,
}

/// What an event says.
#[derive(Debug, Clone, Default)]
pub struct EventBody {
    /// The entity it happened to, as the API shows it; left out when it is `null`, as where the API answers without a body.
    pub data: Value,
    /// Further members beside `data`: where it comes from ([`origin`]), and what was added and removed (inventory H014,
    /// traces 60-02, 60-03).
    pub members: Map<String, Value>,
}

impl EventBody {
    /// Adds a member beside `data`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a list of ids unless it is empty, cut at [`MAX_IDS`].
    #[must_use]
    pub fn with_ids(self, name: &str, ids: &[String]) -> Self {
        match ids.is_empty() {
            true => self,
            false => self.with(name, &ids[..ids.len().min(MAX_IDS)]),
        }
    }
}

impl From<Value> for EventBody {
    fn from(data: Value) -> Self {
        Self { data, members: Map::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_ids_are_cut_and_empty_ones_left_out() {
        let ids: Vec<String> = (0..=MAX_IDS).map(|number| number.to_string()).collect();
        let body = EventBody::default()
            .with_ids("addedApplicationIds", &ids)
            .with_ids("removedApplicationIds", &ids[..MAX_IDS])
            .with_ids("addedUserIds", &[]);
        let count = |name: &str| body.members.get(name).and_then(Value::as_array).map(Vec::len);
        assert_eq!(["addedApplicationIds", "removedApplicationIds"].map(count), [Some(5000); 2]);
        assert_eq!(body.members["addedApplicationIds"][4999], "4999");
        assert_eq!(count("addedUserIds"), None);
    }
}
