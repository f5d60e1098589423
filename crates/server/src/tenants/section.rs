//! The sections of a tenant's configuration: each has a version that counts its changes (docs/adr/0003).

/// A part of the configuration that changes, and is loaded, by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Signing and cookie keys.
    Keys,
    /// Applications with their secrets, roles, consent scopes and looks.
    Clients,
    /// API resources, scopes, roles and the organization template.
    Access,
    /// The sign-in experience.
    Experience,
    /// Keyed settings: sessions, ID-token claims, the console.
    Settings,
    Connectors,
    /// Custom phrases.
    Phrases,
    /// Webhooks.
    Hooks,
}

impl Section {
    /// All sections.
    pub const ALL: [Self; 8] = [
        Self::Keys,
        Self::Clients,
        Self::Access,
        Self::Experience,
        Self::Settings,
        Self::Connectors,
        Self::Phrases,
        Self::Hooks,
    ];

    /// As stored in `config_versions.section`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Clients => "clients",
            Self::Access => "access",
            Self::Experience => "experience",
            Self::Settings => "settings",
            Self::Connectors => "connectors",
            Self::Phrases => "phrases",
            Self::Hooks => "hooks",
        }
    }

    /// The section's place in [`Sections`].
    pub(crate) fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The versions of all sections of one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Versions([i64; Section::ALL.len()]);

impl Versions {
    /// From rows of `config_versions`: section and version. A section without a row has the version 0.
    pub(super) fn of_rows(rows: &[(String, i64)]) -> Self {
        let version = |section: Section| {
            rows.iter().find(|(name, _)| name == section.as_str()).map_or(0, |(_, version)| *version)
        };
        Self(Section::ALL.map(version))
    }

    /// The version of a section.
    pub fn of(self, section: Section) -> i64 {
        self.0.get(section as usize).copied().unwrap_or_default()
    }
}

/// A set of sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sections(u8);

impl Sections {
    /// The set with these bits ([`Section::bit`]).
    pub(crate) fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `section` is one of them.
    pub fn contains(self, section: Section) -> bool {
        self.0 & section.bit() != 0
    }
}
