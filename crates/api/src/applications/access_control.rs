//! Who may use an application, and the operations on it.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::operations::TAG;
use crate::members::{BoundedText, IdList};
use crate::operation::Operation;

/// The greatest length of a list as it is sent.
const MAX_SENT: usize = 2000;
/// The greatest number of different ids in a list.
const MAX_IDS: usize = 1000;

/// Who may use an application: whoever is in one of the lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationAccessControl {
    pub user_ids: Vec<String>,
    /// Holders of these roles.
    pub user_role_ids: Vec<String>,
    /// Members of these organizations.
    pub organization_ids: Vec<String>,
    /// Holders of these roles in these organizations.
    pub organization_role_rules: Vec<OrganizationRoleRule>,
}

/// Roles in one organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationRoleRule {
    pub organization_id: String,
    pub organization_role_ids: Vec<String>,
}

/// Who may use an application from now on. At most 1000 different ids per list, of 2000 that are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplaceApplicationAccessControl {
    #[serde(deserialize_with = "ids")]
    pub user_ids: IdList,
    #[serde(deserialize_with = "ids")]
    pub user_role_ids: IdList,
    #[serde(deserialize_with = "ids")]
    pub organization_ids: IdList,
    #[serde(deserialize_with = "rules")]
    pub organization_role_rules: Vec<ReplaceOrganizationRoleRule>,
}

/// Roles in one organization; at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplaceOrganizationRoleRule {
    pub organization_id: BoundedText<1, 128>,
    #[serde(deserialize_with = "ids")]
    pub organization_role_ids: IdList,
}

fn ids<'de, D: Deserializer<'de>>(input: D) -> Result<IdList, D::Error> {
    let sent: Vec<BoundedText<1, 128>> = bounded(input)?;
    let mut seen = HashSet::new();
    let ids: Vec<String> = sent.into_iter().map(|id| id.0).filter(|id| seen.insert(id.clone())).collect();
    match ids.len() {
        0..=MAX_IDS => Ok(IdList(ids)),
        _ => Err(D::Error::custom(format!("at most {MAX_IDS} different ids are allowed"))),
    }
}

fn rules<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<ReplaceOrganizationRoleRule>, D::Error> {
    bounded(input)
}

fn bounded<'de, T: Deserialize<'de>, D: Deserializer<'de>>(input: D) -> Result<Vec<T>, D::Error> {
    let sent = Vec::deserialize(input)?;
    match sent.len() {
        0..=MAX_SENT => Ok(sent),
        _ => Err(D::Error::custom(format!("at most {MAX_SENT} entries are allowed"))),
    }
}

impl ReplaceApplicationAccessControl {
    /// The rules as they are kept: each id once, and one rule per organization. None for a rule without roles, and for more
    /// than 1000 organizations or roles in all rules.
    pub fn into_rules(self) -> Option<ApplicationAccessControl> {
        let mut merged: Vec<OrganizationRoleRule> = Vec::new();
        for rule in self.organization_role_rules {
            let roles = rule.organization_role_ids.0;
            if roles.is_empty() {
                return None;
            }
            match merged.iter_mut().find(|known| known.organization_id == *rule.organization_id) {
                Some(known) => {
                    for role in roles {
                        if !known.organization_role_ids.contains(&role) {
                            known.organization_role_ids.push(role);
                        }
                    }
                }
                None => merged.push(OrganizationRoleRule {
                    organization_id: rule.organization_id.0,
                    organization_role_ids: roles,
                }),
            }
        }
        if merged.iter().map(|rule| rule.organization_role_ids.len()).sum::<usize>() > MAX_IDS {
            return None;
        }
        Some(ApplicationAccessControl {
            user_ids: self.user_ids.0,
            user_role_ids: self.user_role_ids.0,
            organization_ids: self.organization_ids.0,
            organization_role_rules: merged,
        })
    }
}

impl ApplicationAccessControl {
    /// Whether nobody is allowed.
    pub fn is_empty(&self) -> bool {
        self.user_ids.is_empty()
            && self.user_role_ids.is_empty()
            && self.organization_ids.is_empty()
            && self.organization_role_rules.is_empty()
    }
}

const PATH: &str = "/api/applications/{applicationId}/access-control";

/// The operations of these types.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::get(PATH, "GetApplicationAccessControl", TAG)
            .returns::<ApplicationAccessControl>(200)
            .statuses(&[404]),
        Operation::put(PATH, "ReplaceApplicationAccessControl", TAG)
            .body::<ReplaceApplicationAccessControl>()
            .returns::<ApplicationAccessControl>(200)
            .statuses(&[404, 422]),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(users: Value, rules: Value) -> Result<ReplaceApplicationAccessControl, String> {
        let body = json!({
            "userIds": users, "userRoleIds": [], "organizationIds": [], "organizationRoleRules": rules,
        });
        serde_json::from_value(body).map_err(|error| error.to_string())
    }

    #[test]
    fn lists_are_bounded_as_sent_and_without_repetitions() {
        let numbers = |count: usize| json!((0..count).map(|n| n.to_string()).collect::<Vec<_>>());
        assert!(read(numbers(1000), json!([])).is_ok());
        assert!(read(numbers(1001), json!([])).is_err());
        let kept = read(json!(vec!["a"; 2000]), json!([])).unwrap();
        assert_eq!(kept.user_ids.0, ["a"]);
        assert!(read(json!(vec!["a"; 2001]), json!([])).is_err());
    }

    #[test]
    fn rules_of_one_organization_become_one() {
        let rule =
            |organization: &str, roles: &[&str]| json!({"organizationId": organization, "organizationRoleIds": roles});
        let sent = json!([rule("o", &["a", "b"]), rule("p", &["a"]), rule("o", &["b", "c"])]);
        let merged = read(json!([]), sent).unwrap().into_rules().unwrap().organization_role_rules;
        assert_eq!(json!(merged), json!([rule("o", &["a", "b", "c"]), rule("p", &["a"])]));
        assert_eq!(read(json!([]), json!([rule("o", &[])])).unwrap().into_rules(), None);
    }
}
