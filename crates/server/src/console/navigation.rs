//! The sidebar: the pages that a person may open.

use views::console::{Action, NavigationGroup, NavigationLink};

use crate::callers::{ConsoleUser, Right};

/// Path and right of each page, by section; a title is the phrase `navigation.{path}`.
const GROUPS: [(&str, &[(&str, Right)]); 6] = [
    (
        "",
        &[
            ("", Right::SignedIn),
            ("get-started", Right::Manage),
            ("applications", Right::Read),
            ("client-documents", Right::Manage),
        ],
    ),
    (
        "authentication",
        &[
            ("sign-in-experience", Right::Read),
            ("connectors", Right::Manage),
            ("enterprise-sso", Right::Manage),
            ("account-center", Right::Read),
            ("mfa", Right::Read),
            ("security", Right::Read),
            ("phrases", Right::Read),
        ],
    ),
    ("authorization", &[("resources", Right::Read), ("roles", Right::Read)]),
    (
        "people",
        &[
            ("users", Right::ReadUsers),
            ("organizations", Right::Read),
            ("organization-roles", Right::Read),
            ("organization-scopes", Right::Read),
        ],
    ),
    (
        "developer",
        &[
            ("custom-jwt", Right::Manage),
            ("actions", Right::Manage),
            ("webhooks", Right::Manage),
            ("logs", Right::Read),
            ("refusals", Right::Read),
        ],
    ),
    ("tenant", &[("keys", Right::Manage), ("administrators", Right::Own)]),
];

/// What helps a person: guides, the reference of the APIs, and the reasons of refusals.
pub(super) fn help<R>(user: &ConsoleUser<R>) -> Vec<Action> {
    let links = [
        ("guides", "/console/get-started".to_owned(), Right::Manage),
        ("reference", format!("{}/api/docs", user.app.tenants.endpoint("default")), Right::SignedIn),
        ("refusals", "/console/refusals".to_owned(), Right::Read),
    ];
    let action = |(name, href, _)| Action { title: user.text(&format!("help.{name}")), href };
    links.into_iter().filter(|(.., right)| user.may(*right)).map(action).collect()
}

pub(super) fn groups<R>(user: &ConsoleUser<R>) -> Vec<NavigationGroup> {
    let current = user.uri.path().strip_prefix("/console").unwrap_or_default().trim_start_matches('/');
    let current = current.split('/').next().unwrap_or_default();
    let link = |path: &str| {
        let key = if path.is_empty() { "dashboard" } else { path };
        NavigationLink {
            title: user.text(&format!("navigation.{key}")),
            href: if path.is_empty() { "/console".to_owned() } else { format!("/console/{path}") },
            is_current: path == current,
        }
    };
    let group = |(section, pages): (&str, &[(&str, Right)])| NavigationGroup {
        title: (!section.is_empty()).then(|| user.text(&format!("navigation.section.{section}"))),
        links: pages.iter().filter(|(_, right)| user.may(*right)).map(|(path, _)| link(path)).collect(),
    };
    GROUPS.into_iter().map(group).filter(|group| !group.links.is_empty()).collect()
}
