//! Checks the style of the server's slices (ARCHITECTURE.md, "A slice" and "The middle"): a function takes no tuple that only
//! groups arguments, and a slice names no table of another slice. Only lists and claims may join what they show ([`JOINS`]).

use crate::TaskResult;
use crate::command::{command, output, path};

const SOURCE: &str = "crates/server/src/";

/// The tables of each slice: a folder or file of [`SOURCE`].
const OWNERS: &[(&str, &[&str])] = &[
    ("tenants", &["tenants", "config_versions"]),
    ("keys", &["signing_keys", "cookie_keys"]),
    ("tenant_settings", &["configs"]),
    ("profile_fields", &["custom_profile_fields"]),
    ("assets", &["user_assets"]),
    ("connectors", &["connectors"]),
    ("secrets", &["secrets"]),
    ("sso_connectors", &["sso_connectors"]),
    ("email_templates", &["email_templates"]),
    ("custom_phrases", &["custom_phrases"]),
    ("captcha", &["captcha_providers", "captcha_answers"]),
    ("one_time_tokens", &["one_time_tokens"]),
    ("sign_in_experience", &["sign_in_experiences"]),
    (
        "users",
        &[
            "users",
            "user_counts",
            "user_identities",
            "user_sso_identities",
            "user_mfa_factors",
            "trusted_devices",
            "account_deletions",
            "personal_access_tokens",
        ],
    ),
    ("client_registration", &["initial_access_tokens", "client_registrations"]),
    ("subject_tokens", &["subject_tokens"]),
    ("administrators", &["administrator_invitations"]),
    ("roles", &["roles", "roles_scopes", "users_roles", "applications_roles"]),
    ("resources", &["resources", "scopes"]),
    (
        "applications",
        &[
            "applications",
            "application_secrets",
            "application_sign_in_experiences",
            "application_consent_scopes",
            "application_consent_organizations",
            "application_access_users",
            "application_access_roles",
            "application_access_organizations",
            "application_access_organization_roles",
        ],
    ),
    (
        "organizations",
        &[
            "organizations",
            "organization_users",
            "organization_role_users",
            "organization_applications",
            "organization_role_applications",
            "organization_invitations",
            "organization_invitation_roles",
            "organization_jit_email_domains",
            "organization_jit_roles",
            "organization_jit_sso_connectors",
        ],
    ),
    (
        "organization_template",
        &["organization_roles", "organization_scopes", "organization_role_scopes", "organization_role_resource_scopes"],
    ),
    (
        "oidc",
        &[
            "sessions",
            "grants",
            "ended_grants",
            "interactions",
            "authorization_codes",
            "refresh_tokens",
            "access_tokens",
        ],
    ),
    ("interaction", &["sentinel_counters", "verification_codes", "user_sign_in_countries", "user_geo_locations"]),
    ("scripts", &["scripts"]),
    ("audit", &["logs", "log_hours"]),
    ("refusals", &["refusals"]),
    ("outbox", &["outbox"]),
    ("jobs", &["jobs"]),
];

/// A file or folder that names tables of others, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("seed.rs", "the first rows of every slice are written before there is a server"),
    ("clock_check.rs", "the newest times of all tables are compared with the clock"),
    ("jobs/sweep.rs", "expired rows of every slice are removed by one job"),
    ("work.rs", "a unit of work raises the version of a section"),
    ("tenants/", "the snapshot of the configuration is read in one transaction over all its tables"),
];

/// Files that read tables of others in a join, and why calls would not do. None of them may write there.
const JOINS: &[(&str, &str)] = &[
    ("administrators/people.rs", "the list shows the people who hold a role of the console"),
    ("applications/access_control.rs", "whether a user may use an application is asked by one statement"),
    ("applications/consent_organizations.rs", "the list shows the organizations that a person chose"),
    (
        "applications/consent_scopes.rs",
        "the list shows names of scopes and resources beside what an application may ask for",
    ),
    ("applications/store.rs", "the list leaves out holders of a role or members of an organization"),
    ("oidc/consent_api.rs", "the consent page shows names of scopes"),
    ("oidc/grants.rs", "whether the client is still the one that was agreed to is part of each statement"),
    ("oidc/locked.rs", "a code or token is locked with its user by one statement (attack B11)"),
    ("oidc/scopes.rs", "the rights of a user are read by one statement per request"),
    ("oidc/subject.rs", "claims are read by one statement per request"),
    ("oidc/tokens.rs", "an access token is read with its user by one statement"),
    ("organization_template/role_scopes.rs", "the list shows the API scopes of a role"),
    (
        "organization_template/roles.rs",
        "the list shows the scopes of each role, and a role in use is not of another type",
    ),
    ("audit/changes/rows.rs", "what a change found and left is read by one table of statements"),
    ("organizations/applications.rs", "the list shows the applications themselves"),
    ("organizations/invitations/store.rs", "an invitation shows the names of its roles"),
    ("organizations/jit.rs", "the list shows the roles themselves"),
    ("organizations/member_kind.rs", "the list shows roles beside members"),
    ("organizations/memberships.rs", "claims show names of roles"),
    ("organizations/store.rs", "the list shows the first members"),
    ("organizations/users.rs", "the list shows the users themselves, and their scopes"),
    ("roles/api.rs", "the list shows the first holders"),
    ("roles/links.rs", "the list shows the holders themselves"),
    ("roles/owners.rs", "whether anybody active has a scope is asked by one statement"),
    ("roles/scopes.rs", "the list shows scopes with their resources"),
    ("roles/told.rs", "a script is told of scopes with their resources"),
    ("sign_in_experience/username_conflicts.rs", "usernames that differ in case alone are counted in SQL"),
    ("users/list.rs", "the list leaves out holders of a role or members of an organization"),
];

/// What is still to be mended, as [`check`] says it. It only gets shorter.
const LEFT: &[&str] = &[];

/// Fails with a list of all places.
pub fn check() -> TaskResult {
    let mut faults = Vec::new();
    let listed = output(&mut command("git", &["ls-files", "--cached", "--others", "--exclude-standard", SOURCE]))?;
    for file in listed.lines().filter(|file| file.ends_with(".rs")) {
        // `git ls-files` also lists deleted files before the commit.
        let Ok(text) = std::fs::read_to_string(path(file)) else { continue };
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        let place = file.strip_prefix(SOURCE).unwrap_or(file);
        faults.extend(tuple_parameters(text).into_iter().map(|name| format!("{place}: fn {name} takes a tuple")));
        if !EXCEPTIONS.iter().any(|(known, _)| place.starts_with(known)) {
            let joins = JOINS.iter().any(|(known, _)| place == *known);
            let tables = foreign_tables(place, text).into_iter().filter(|named| named.is_written || !joins);
            faults.extend(tables.map(|named| {
                let verb = if named.is_written { "writes" } else { "reads" };
                format!("{place}: {verb} `{}` of {}", named.table, named.owner)
            }));
        }
    }
    let new = faults.iter().filter(|fault| !LEFT.contains(&fault.as_str())).map(|fault| format!("new: {fault}"));
    let gone = LEFT.iter().filter(|left| !faults.iter().any(|fault| fault == *left));
    let wrong: Vec<String> = new.chain(gone.map(|left| format!("mended, take it from the list: {left}"))).collect();
    if wrong.is_empty() {
        println!("slices: {} places left to mend, none new", faults.len());
        return Ok(());
    }
    Err(format!("the slices:\n  {}", wrong.join("\n  ")))
}

/// The functions with a parameter whose pattern or type is a tuple.
fn tuple_parameters(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices("fn ") {
        let rest = &text[start + 3..];
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let Some(open) = rest.find('(').filter(|_| !name.is_empty()) else { continue };
        if parameters(&rest[open..]).iter().any(|parameter| is_tuple(parameter)) {
            found.push(name);
        }
    }
    found
}

/// The parameters of a list that begins with its bracket.
fn parameters(list: &str) -> Vec<&str> {
    let (mut depth, mut from, mut found) = (0_i32, 1, Vec::new());
    let mut previous = ' ';
    for (at, character) in list.char_indices() {
        match character {
            '(' | '[' | '{' | '<' => depth += 1,
            // The arrow of a function type closes nothing.
            '>' if previous == '-' => {}
            ')' | ']' | '}' | '>' => depth -= 1,
            _ => {}
        }
        if depth == 0 || depth == 1 && character == ',' {
            found.push(list[from..at].trim());
            from = at + 1;
        }
        if depth == 0 {
            break;
        }
        previous = character;
    }
    found
}

fn is_tuple(parameter: &str) -> bool {
    let kind = parameter.split_once(": ").map_or("", |(_, kind)| kind).trim_start_matches(['&', ' ']);
    parameter.starts_with('(') || kind.starts_with('(') && kind != "()"
}

#[derive(Debug, PartialEq, Eq)]
struct ForeignTable {
    table: &'static str,
    owner: &'static str,
    is_written: bool,
}

/// The tables of other slices in the SQL of a file.
fn foreign_tables(place: &str, text: &str) -> Vec<ForeignTable> {
    let words: Vec<&str> = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty()).collect();
    let mut found = Vec::new();
    for (owner, tables) in OWNERS {
        if place.starts_with(&format!("{owner}/")) || place == format!("{owner}.rs") {
            continue;
        }
        for table in *tables {
            let uses = words.windows(3).filter(|words| words[2] == *table);
            let writes =
                |words: &[&str]| words[1] == "into" || words[1] == "update" || words[..2] == ["delete", "from"];
            let (mut is_read, mut is_written) = (false, false);
            for words in uses {
                is_written |= writes(words);
                is_read |= matches!(words[1], "from" | "join");
            }
            if is_read || is_written {
                found.push(ForeignTable { table, owner, is_written });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tuple_is_seen_and_a_destructured_newtype_is_not() {
        let text = "fn a(x: u8, (b, c): (u8, u8)) {}\nasync fn d(Path((e, f)): Path<(u8, u8)>, g: u8) {}\nfn h() {} \
                    fn i(key: &(u8, u8)) fn j(f: impl Fn(u8) -> (u8, u8), unit: ()) -> (u8, u8) {}";
        assert_eq!(tuple_parameters(text), ["a", "i"]);
    }

    #[test]
    fn only_tables_of_others_are_named() {
        let text = "select u.id from users_roles ur join users u on true";
        let users = |is_written| [ForeignTable { table: "users", owner: "users", is_written }];
        assert_eq!(foreign_tables("roles/users.rs", text), users(false));
        assert_eq!(foreign_tables("roles/users.rs", "select 1; delete from users where id = $1"), users(true));
        assert_eq!(foreign_tables("users/list.rs", "select * from users"), []);
        assert_eq!(foreign_tables("users/api.rs", "// taken from users who left"), []);
    }
}
