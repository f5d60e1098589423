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
}

impl Section {
    /// All sections.
    pub const ALL: [Self; 7] =
        [Self::Keys, Self::Clients, Self::Access, Self::Experience, Self::Settings, Self::Connectors, Self::Phrases];

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
        }
    }

    /// The section's place in [`Sections`].
    pub(crate) fn bit(self) -> u8 {
        1 << self as u8
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
