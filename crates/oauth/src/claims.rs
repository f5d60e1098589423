//! Claims by scope (inventory O100–O102, trace 30-12): user columns that are empty are null, profile members that are
//! missing are left out.

use kernel::ids::{OrganizationId, UserId};
use serde_json::{Map, Value, json};

use crate::scope::ScopeSet;

/// What the server knows about a user, as far as the scopes asked for it.
#[derive(Debug, Clone, Default)]
pub struct UserData {
    pub id: UserId,
    pub username: Option<String>,
    pub primary_email: Option<String>,
    pub primary_phone: Option<String>,
    pub name: Option<String>,
    pub avatar: Option<String>,
    /// The profile column, members in camelCase.
    pub profile: Map<String, Value>,
    pub custom_data: Map<String, Value>,
    /// Social identities by target.
    pub identities: Map<String, Value>,
    /// `{issuer, identityId, detail}`.
    pub sso_identities: Vec<Value>,
    /// Names.
    pub roles: Vec<String>,
    pub organizations: Vec<OrganizationData>,
    /// `{organization id}:{role name}`.
    pub organization_roles: Vec<String>,
    /// Milliseconds.
    pub created_at: i64,
    /// Milliseconds.
    pub updated_at: i64,
}

/// One organization of the user.
#[derive(Debug, Clone)]
pub struct OrganizationData {
    pub id: OrganizationId,
    pub name: String,
    pub description: Option<String>,
}

/// Where claims go: the ID token leaves out extended claims that the tenant has not enabled.
#[derive(Debug, Clone, Copy)]
pub enum ClaimTarget<'a> {
    Userinfo,
    /// `enabledExtendedClaims` of the tenant.
    IdToken(&'a [String]),
}

/// Extended claims that go into the ID token unless the tenant says otherwise.
pub const DEFAULT_EXTENDED: [&str; 3] = ["roles", "organizations", "organization_roles"];

/// Profile members in wire order with their claim names. `name`, `picture`, … come from columns.
const PROFILE: [(&str, &str); 9] = [
    ("family_name", "familyName"),
    ("given_name", "givenName"),
    ("middle_name", "middleName"),
    ("nickname", "nickname"),
    ("preferred_username", "preferredUsername"),
    ("profile", "profile"),
    ("website", "website"),
    ("gender", "gender"),
    ("birthdate", "birthdate"),
];

/// The scope that carries a claim about the user.
pub fn scope_of(claim: &str) -> Option<&'static str> {
    let scope = match claim {
        "name" | "picture" | "zoneinfo" | "locale" | "updated_at" | "username" | "created_at" => "profile",
        "email" | "email_verified" => "email",
        "phone_number" | "phone_number_verified" => "phone",
        "address" => "address",
        "custom_data" => "custom_data",
        "identities" | "sso_identities" => "identities",
        "roles" => "roles",
        "organizations" | "organization_data" => crate::scope::ORGANIZATIONS,
        "organization_roles" => "urn:logto:scope:organization_roles",
        _ if PROFILE.iter().any(|(known, _)| *known == claim) => "profile",
        _ => return None,
    };
    Some(scope)
}

/// The claims for `scopes`, `sub` first.
pub fn for_scopes(user: &UserData, scopes: &ScopeSet, target: ClaimTarget<'_>) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("sub".into(), user.id.as_str().into());
    if scopes.contains("profile") {
        profile(user, &mut claims);
    }
    if scopes.contains("email") {
        claims.insert("email".into(), json!(user.primary_email));
        claims.insert("email_verified".into(), user.primary_email.is_some().into());
    }
    if scopes.contains("phone") {
        claims.insert("phone_number".into(), json!(user.primary_phone));
        claims.insert("phone_number_verified".into(), user.primary_phone.is_some().into());
    }
    if scopes.contains("address")
        && let Some(address) = user.profile.get("address")
    {
        claims.insert("address".into(), address.clone());
    }
    for (name, value) in extended(user, scopes) {
        let wanted = match target {
            ClaimTarget::Userinfo => true,
            ClaimTarget::IdToken(enabled) => enabled.iter().any(|claim| claim == name),
        };
        if wanted {
            claims.insert(name.into(), value);
        }
    }
    claims
}

fn profile(user: &UserData, claims: &mut Map<String, Value>) {
    claims.insert("name".into(), json!(user.name));
    for (claim, member) in PROFILE {
        let value = user.profile.get(member).filter(|value| !value.is_null()).cloned();
        let value = match claim {
            "preferred_username" => value.or_else(|| user.username.clone().map(Value::from)),
            _ => value,
        };
        if let Some(value) = value {
            claims.insert(claim.into(), value);
        }
        // `picture` has its fixed place after `profile`.
        if claim == "profile" {
            claims.insert("picture".into(), json!(user.avatar));
        }
    }
    for claim in ["zoneinfo", "locale"] {
        if let Some(value) = user.profile.get(claim).filter(|value| !value.is_null()) {
            claims.insert(claim.into(), value.clone());
        }
    }
    claims.insert("updated_at".into(), user.updated_at.into());
    claims.insert("username".into(), json!(user.username));
    claims.insert("created_at".into(), user.created_at.into());
}

fn extended(user: &UserData, scopes: &ScopeSet) -> Vec<(&'static str, Value)> {
    let mut out = Vec::new();
    if scopes.contains("custom_data") {
        out.push(("custom_data", Value::Object(user.custom_data.clone())));
    }
    if scopes.contains("identities") {
        out.push(("identities", Value::Object(user.identities.clone())));
        out.push(("sso_identities", json!(user.sso_identities)));
    }
    if scopes.contains("roles") {
        out.push(("roles", json!(user.roles)));
    }
    if scopes.contains(crate::scope::ORGANIZATIONS) {
        let ids: Vec<&str> = user.organizations.iter().map(|organization| organization.id.as_str()).collect();
        let data = user.organizations.iter().map(|o| json!({"id": o.id, "name": o.name, "description": o.description}));
        out.push(("organizations", json!(ids)));
        out.push(("organization_data", data.collect()));
    }
    if scopes.contains("urn:logto:scope:organization_roles") {
        out.push(("organization_roles", json!(user.organization_roles)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bob() -> UserData {
        UserData { id: "bob".into(), username: Some("bob".into()), created_at: 1, updated_at: 2, ..UserData::default() }
    }

    fn userinfo(user: &UserData, scopes: &str) -> String {
        Value::Object(for_scopes(user, &ScopeSet::parse(scopes), ClaimTarget::Userinfo)).to_string()
    }

    #[test]
    fn empty_columns_are_null_and_missing_profile_members_are_absent() {
        assert_eq!(
            userinfo(&bob(), "openid profile email phone address"),
            r#"{"sub":"bob","name":null,"preferred_username":"bob","picture":null,"updated_at":2,"username":"bob","created_at":1,"email":null,"email_verified":false,"phone_number":null,"phone_number_verified":false}"#
        );
    }

    #[test]
    fn full_profiles_keep_the_recorded_order_and_inner_names() {
        let mut alice = UserData { name: Some("Alice".into()), ..bob() };
        alice.profile =
            json!({"givenName": "Alice", "familyName": "A", "address": {"streetAddress": "x"}, "locale": "de"})
                .as_object()
                .unwrap()
                .clone();
        assert_eq!(
            userinfo(&alice, "openid profile address"),
            r#"{"sub":"bob","name":"Alice","family_name":"A","given_name":"Alice","preferred_username":"bob","picture":null,"locale":"de","updated_at":2,"username":"bob","created_at":1,"address":{"streetAddress":"x"}}"#
        );
    }

    #[test]
    fn the_id_token_has_only_enabled_extended_claims() {
        let mut user = bob();
        let name = "trace-org".to_owned();
        user.organizations = vec![OrganizationData { id: "o".into(), name, description: None }];
        let scopes = ScopeSet::parse("openid custom_data identities roles urn:logto:scope:organizations");
        let enabled = DEFAULT_EXTENDED.map(str::to_owned);
        let claims = Value::Object(for_scopes(&user, &scopes, ClaimTarget::IdToken(&enabled)));
        assert_eq!(claims.to_string(), r#"{"sub":"bob","roles":[],"organizations":["o"]}"#);
        assert_eq!(
            userinfo(&user, "openid custom_data identities urn:logto:scope:organizations"),
            r#"{"sub":"bob","custom_data":{},"identities":{},"sso_identities":[],"organizations":["o"],"organization_data":[{"id":"o","name":"trace-org","description":null}]}"#
        );
    }

    #[test]
    fn every_claim_of_a_scope_says_which_it_is() {
        let mut user = bob();
        user.profile = PROFILE.iter().map(|(_, member)| ((*member).to_owned(), json!("x"))).collect();
        user.profile.extend(["zoneinfo", "locale", "address"].map(|member| (member.to_owned(), json!("x"))));
        let mut seen = 0;
        for scope in crate::scope::USER {
            for (claim, _) in for_scopes(&user, &ScopeSet::parse(scope), ClaimTarget::Userinfo) {
                assert_eq!(scope_of(&claim), Some(scope).filter(|_| claim != "sub"), "{claim}");
                seen += usize::from(claim != "sub");
            }
        }
        assert_eq!(seen, 28);
    }

    #[test]
    fn openid_alone_gives_the_subject_only() {
        assert_eq!(userinfo(&bob(), "openid"), r#"{"sub":"bob"}"#);
    }
}
