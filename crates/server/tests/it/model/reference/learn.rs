//! Compares responses with the expected ones and records what was issued.

use super::{ACCESS, Access, Basis, CODE, Code, Expected, Next, Reference, Refresh};
use crate::model::operations::Response;

impl Reference {
    /// Compares a response with the expected one and records what was issued.
    pub fn learn(&mut self, expected: Expected, answer: Response) -> Result<(), String> {
        match (expected, answer) {
            (Expected::Exactly(expected), answer) if expected == answer => Ok(()),
            (Expected::Code { uri, verifier, basis }, Response::Code(value)) => {
                self.is_new(&value)?;
                self.codes.push(Code { value, uri, verifier, ends: self.now + CODE, used: false, basis });
                Ok(())
            }
            (
                Expected::Tokens { basis, scope, opaque, has_id_token, refresh },
                Response::Tokens { access, refresh: given, scope: shown, has_id_token: with_id_token },
            ) => {
                self.is_new(&access)?;
                if shown != scope.join(" ") || with_id_token != has_id_token || opaque == access.contains('.') {
                    return Err(format!(
                        "{shown:?}, id token {with_id_token}, {access}; expected {scope:?}, {has_id_token}"
                    ));
                }
                if opaque {
                    let ends = self.now + ACCESS;
                    self.accesses.push(Access { value: access, ends, scope, basis: basis.clone() });
                }
                self.learn_refresh(refresh, given, basis)
            }
            (Expected::Exactly(expected), answer) => Err(format!("{answer:?}, expected {expected:?}")),
            (Expected::Code { .. }, answer) => Err(format!("{answer:?}, expected a code")),
            (Expected::Tokens { scope, .. }, answer) => Err(format!("{answer:?}, expected tokens for {scope:?}")),
        }
    }

    fn learn_refresh(&mut self, expected: Next, given: Option<String>, basis: Basis) -> Result<(), String> {
        match (expected, given) {
            (Next::Nothing, None) => Ok(()),
            (Next::Same(expected), Some(given)) if expected == given => Ok(()),
            (Next::New { of, ends }, Some(value)) => {
                self.is_new(&value)?;
                if let Some(of) = of {
                    self.refreshes[of].used = Some(self.now);
                    self.refreshes[of].successor = Some(value.clone());
                }
                self.refreshes.push(Refresh { value, since: self.now, ends, used: None, successor: None, basis });
                Ok(())
            }
            (_, given) => Err(format!("an unexpected refresh token: {given:?}")),
        }
    }

    fn is_new(&self, value: &str) -> Result<(), String> {
        let codes = self.codes.iter().map(|code| &code.value);
        let refreshes = self.refreshes.iter().map(|token| &token.value);
        let mut all = codes.chain(refreshes).chain(self.accesses.iter().map(|token| &token.value));
        if all.any(|known| known == value) { Err(format!("{value} was issued before")) } else { Ok(()) }
    }
}
