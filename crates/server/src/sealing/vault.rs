//! The secret vault (H131): envelope encryption. Each secret is sealed under a key of its own, and that key under
//! `SECRET_VAULT_KEK`. So tokens of other services open with neither the database nor `SECRET_KEY`.

use kernel::Rng;

use super::{KeyError, Place, SealError, SealedColumn, Sealer, SecretKey};

/// Seals and opens secrets; closed without `SECRET_VAULT_KEK`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Vault(Option<OpenVault>);

#[derive(Debug, Clone)]
struct OpenVault {
    /// Under the key that seals keys.
    keys: Sealer,
    rng: Rng,
}

/// A secret as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// The secret's own key.
    pub encrypted_key: String,
    pub ciphertext: String,
}

/// Whose secret it is. It opens only there.
#[derive(Debug, Clone, Copy)]
pub struct SecretOwner<'a> {
    pub tenant_id: &'a str,
    pub user_id: &'a str,
    pub secret_id: &'a str,
}

impl Vault {
    /// A vault under this key; without one it is closed.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] if AES-GCM can't be set up.
    pub fn new(key: Option<&SecretKey>, rng: &Rng) -> Result<Self, KeyError> {
        let open = |key| Ok(OpenVault { keys: Sealer::new(key, &[], rng.clone())?, rng: rng.clone() });
        key.map(open).transpose().map(Self)
    }

    /// Whether secrets can be stored.
    pub fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Seals a secret under a new key. None if the vault is closed.
    ///
    /// # Errors
    /// [`SealError::Unsealable`].
    pub fn seal(&self, owner: SecretOwner<'_>, plain: &str) -> Result<Option<SealedSecret>, SealError> {
        let Some(vault) = &self.0 else { return Ok(None) };
        let id = owner.id();
        let place = owner.place(&id);
        let key = SecretKey::from(vault.rng.bytes());
        let sealer = vault.sealer(place, &key)?;
        Ok(Some(SealedSecret {
            encrypted_key: vault.keys.seal(place, key.to_base64().expose())?,
            ciphertext: sealer.seal(place, plain)?,
        }))
    }

    /// Opens a secret. None if the vault is closed.
    ///
    /// # Errors
    /// [`SealError`] when it was sealed under another `SECRET_VAULT_KEK`, for another owner, or was changed.
    pub fn open(&self, owner: SecretOwner<'_>, sealed: &SealedSecret) -> Result<Option<String>, SealError> {
        let Some(vault) = &self.0 else { return Ok(None) };
        let id = owner.id();
        let place = owner.place(&id);
        let key = vault.keys.open(place, &sealed.encrypted_key)?;
        let key = key.parse().map_err(|_| SealError::Damaged(place.to_string()))?;
        vault.sealer(place, &key)?.open(place, &sealed.ciphertext).map(Some)
    }
}

impl OpenVault {
    fn sealer(&self, place: Place<'_>, key: &SecretKey) -> Result<Sealer, SealError> {
        Sealer::new(key, &[], self.rng.clone()).map_err(|_| SealError::Unsealable(place.to_string()))
    }
}

impl SecretOwner<'_> {
    /// No id has a slash, so no two owners have the same.
    fn id(&self) -> String {
        format!("{}/{}", self.user_id, self.secret_id)
    }

    fn place<'a>(&'a self, id: &'a str) -> Place<'a> {
        SealedColumn::VaultSecret.of(self.tenant_id, id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(byte: u8) -> Vault {
        Vault::new(Some(&SecretKey::from([byte; 32])), &Rng::system()).unwrap()
    }

    const OWNER: SecretOwner<'_> = SecretOwner { tenant_id: "default", user_id: "alice", secret_id: "s1" };

    #[test]
    fn a_secret_opens_only_for_its_owner_under_the_same_key() {
        let sealed = vault(1).seal(OWNER, "token").unwrap().unwrap();
        assert_eq!(vault(1).open(OWNER, &sealed).unwrap().as_deref(), Some("token"));
        assert!(vault(2).open(OWNER, &sealed).is_err());
        let others = [
            SecretOwner { tenant_id: "admin", ..OWNER },
            SecretOwner { user_id: "bob", ..OWNER },
            SecretOwner { secret_id: "s2", ..OWNER },
        ];
        for owner in others {
            assert!(vault(1).open(owner, &sealed).is_err(), "{owner:?}");
        }
    }

    #[test]
    fn each_secret_has_a_key_of_its_own() {
        let (one, two) =
            (vault(1).seal(OWNER, "token").unwrap().unwrap(), vault(1).seal(OWNER, "token").unwrap().unwrap());
        assert_ne!(one.ciphertext, two.ciphertext);
        let mixed = SealedSecret { encrypted_key: one.encrypted_key, ciphertext: two.ciphertext };
        assert!(vault(1).open(OWNER, &mixed).is_err());
    }

    #[test]
    fn a_closed_vault_takes_nothing() {
        let closed = Vault::new(None, &Rng::system()).unwrap();
        assert!(!closed.is_open());
        assert_eq!(closed.seal(OWNER, "token").unwrap(), None);
    }
}
