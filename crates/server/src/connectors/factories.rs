//! The factories: one data file each, and what is behind it.

use std::sync::LazyLock;

use api::connectors::{ConnectorFactory, ConnectorType};

/// What is behind a factory's connectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Smtp,
    HttpEmail,
    HttpSms,
    /// Sends nothing: people sign in at it.
    Social,
}

/// A factory with its service.
#[derive(Debug)]
pub struct Factory {
    pub service: Service,
    /// As the API shows it.
    pub data: ConnectorFactory,
}

/// In the order of their ids.
const FILES: [(Service, &str); 9] = [
    (Service::Social, include_str!("factories/apple.json")),
    (Service::Social, include_str!("factories/azuread.json")),
    (Service::Social, include_str!("factories/github.json")),
    (Service::Social, include_str!("factories/google.json")),
    (Service::HttpEmail, include_str!("factories/http_email.json")),
    (Service::HttpSms, include_str!("factories/http_sms.json")),
    (Service::Social, include_str!("factories/oauth2.json")),
    (Service::Social, include_str!("factories/oidc.json")),
    (Service::Smtp, include_str!("factories/smtp.json")),
];

/// A file that can't be read is left out; a test reads all of them.
static FACTORIES: LazyLock<Vec<Factory>> = LazyLock::new(|| {
    let read = |(service, text): &(Service, &str)| {
        serde_json::from_str(text).ok().map(|data| Factory { service: *service, data })
    };
    FILES.iter().filter_map(read).collect()
});

/// All factories.
pub fn all() -> &'static [Factory] {
    &FACTORIES
}

/// The factory with this id.
pub fn find(id: &str) -> Option<&'static Factory> {
    all().iter().find(|factory| factory.data.id == id)
}

impl Factory {
    /// What its connectors are for.
    pub fn connector_type(&self) -> ConnectorType {
        self.data.description.connector_type
    }

    /// Whether its connectors name themselves, so that there may be several.
    pub fn is_standard(&self) -> bool {
        self.data.description.is_standard == Some(true)
    }

    /// Whether its providers give tokens that can be kept.
    pub fn gives_tokens(&self) -> bool {
        self.data.description.is_token_storage_supported == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const CONTRACT: &str = include_str!("../../../../docs/contract/connector-factories.json");

    #[test]
    fn every_factory_is_read_and_is_one_of_the_contract() {
        assert_eq!(all().len(), FILES.len());
        let contract: Vec<Value> = serde_json::from_str(CONTRACT).unwrap();
        for factory in all() {
            let own = serde_json::to_value(&factory.data).unwrap();
            let known = contract.iter().find(|known| known["id"] == own["id"]).unwrap();
            for member in ["type", "target", "platform", "isDemo", "isStandard", "isTokenStorageSupported"] {
                assert_eq!(own[member], known[member], "{}: {member}", own["id"]);
            }
            assert_eq!(own["name"]["en"], known["name"]);
            for item in own["formItems"].as_array().unwrap() {
                let items = known["config"].as_array().unwrap();
                let known = items.iter().find(|known| known["key"] == item["key"]).unwrap();
                assert_eq!(item["type"], known["type"], "{}: {}", own["id"], item["key"]);
                let choices =
                    item["selectItems"].as_array().into_iter().flatten().map(|choice| choice["value"].clone());
                let known_choices = known["options"].as_array().cloned().unwrap_or_default();
                assert_eq!(choices.collect::<Vec<_>>(), known_choices, "{}: {}", own["id"], item["key"]);
            }
        }
    }
}
