//! What lines name and must be there: roles, organizations and their roles, enterprise connectors.

use std::collections::{BTreeSet, HashMap};

use ::api::users::LineMembership;
use db::DbError;
use kernel::ids::OrganizationId;

use super::LineError;
use super::line::Line;
use crate::organization_template;
use crate::organizations::{IdAndName, memberships};
use crate::roles;
use crate::sso_connectors;
use crate::work::View;

/// What the lines of a batch name.
pub(super) struct References {
    default_roles: Vec<String>,
    roles: HashMap<String, String>,
    organizations: Vec<IdAndName>,
    organization_roles: HashMap<String, String>,
    sso_connectors: BTreeSet<String>,
}

/// The ids that a line stands for.
pub(super) struct Resolved {
    pub roles: Vec<String>,
    /// Organizations, each with the roles in it.
    pub organizations: Vec<(OrganizationId, Vec<String>)>,
}

impl References {
    pub(super) fn load(view: &View<'_>, lines: &[Line]) -> Result<Self, DbError> {
        let list = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let rest = || lines.iter().map(|line| &line.rest);
        let memberships = || rest().flat_map(|rest| rest.organizations.iter().flatten());
        let roles = list(rest().flat_map(|rest| rest.roles.iter().flatten()).map(|name| &**name).collect());
        let ids = list(memberships().filter_map(|membership| membership.id.as_deref()).collect());
        let names = list(memberships().filter_map(|membership| membership.name.as_deref()).collect());
        let organization_roles = list(memberships().flat_map(|of| &of.roles).map(|name| &**name).collect());
        let connectors = rest().flat_map(|rest| rest.sso_identities.iter().flatten());
        let connectors = list(connectors.map(|identity| identity.sso_connector_id.as_str()).collect());
        Ok(Self {
            default_roles: roles::default_ids(view)?,
            roles: roles::user_roles_by_name(view, &roles)?,
            organizations: memberships::find_by_ids_or_names(view, &ids, &names)?,
            organization_roles: organization_template::roles::user_roles_by_name(view, &organization_roles)?,
            sso_connectors: sso_connectors::existing(view, &connectors)?,
        })
    }

    /// The ids that a line stands for. A new user has the default roles unless the line names roles.
    ///
    /// # Errors
    /// What is not there.
    pub(super) fn resolve(&self, line: &Line, is_new: bool) -> Result<Resolved, Vec<LineError>> {
        let mut errors = Vec::new();
        let mut missing = |member: String, what: &str, name: &str| {
            errors.push(LineError::new(line.number, member, format!("there is no {what} `{name}`")));
        };
        let roles = match &line.rest.roles {
            None if is_new => self.default_roles.clone(),
            names => {
                let names = names.iter().flatten().enumerate();
                let find = |(at, name): (usize, &::api::members::BoundedText<1, 128>)| {
                    let found = self.roles.get(&**name).cloned();
                    if found.is_none() {
                        missing(format!("roles.{at}"), "role of users", name);
                    }
                    found
                };
                names.filter_map(find).collect()
            }
        };
        let mut organizations = Vec::new();
        for (at, membership) in line.rest.organizations.iter().flatten().enumerate() {
            let mut held = Vec::new();
            for name in &membership.roles {
                match self.organization_roles.get(&**name) {
                    Some(id) => held.push(id.clone()),
                    None => missing(format!("organizations.{at}.roles"), "organization role of users", name),
                }
            }
            match self.organization(membership) {
                Ok(id) => organizations.push((id.into(), held)),
                Err(Absent::Unknown(name)) => missing(format!("organizations.{at}"), "organization", &name),
                Err(Absent::Ambiguous(name)) => {
                    missing(format!("organizations.{at}"), "single organization with the name", &name);
                }
            }
        }
        for (at, identity) in line.rest.sso_identities.iter().flatten().enumerate() {
            if !self.sso_connectors.contains(identity.sso_connector_id.as_str()) {
                missing(format!("ssoIdentities.{at}"), "enterprise connector", &identity.sso_connector_id);
            }
        }
        if errors.is_empty() { Ok(Resolved { roles, organizations }) } else { Err(errors) }
    }

    /// By the id, or else by the name: in another installation the same organization has another id.
    fn organization(&self, membership: &LineMembership) -> Result<&str, Absent> {
        let by_id = membership.id.as_deref().and_then(|id| self.organizations.iter().find(|known| known.id == id));
        if let Some(known) = by_id {
            return Ok(&known.id);
        }
        let Some(name) = membership.name.as_deref() else {
            return Err(Absent::Unknown(membership.id.as_deref().unwrap_or_default().to_owned()));
        };
        match self.organizations.iter().filter(|known| known.name == name).collect::<Vec<_>>()[..] {
            [] => Err(Absent::Unknown(name.to_owned())),
            [known] => Ok(&known.id),
            _ => Err(Absent::Ambiguous(name.to_owned())),
        }
    }
}

/// Why an organization was not found.
enum Absent {
    Unknown(String),
    Ambiguous(String),
}
