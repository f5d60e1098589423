//! The e-mail domains of connectors.

use ::api::ErrorCode;
use serde_json::json;

use crate::errors::ApiError;

/// Domains at which anybody gets an address, as the contract lists them (H103).
const PUBLIC: [&str; 19] = [
    "gmail.com",
    "yahoo.com",
    "hotmail.com",
    "outlook.com",
    "live.com",
    "icloud.com",
    "aol.com",
    "yandex.com",
    "mail.com",
    "protonmail.com",
    "yanex.com",
    "gmx.com",
    "mail.ru",
    "zoho.com",
    "qq.com",
    "163.com",
    "126.com",
    "sina.com",
    "sohu.com",
];

/// More than any enterprise has.
const MAX_DOMAINS: usize = 1000;

/// Domains in the form in which they are stored and compared.
///
/// # Errors
/// 422 `single_sign_on.invalid_domain_format`, `forbidden_domains` or `duplicated_domains`, each with the domains at fault.
pub(super) fn read(domains: &[String]) -> Result<Vec<String>, ApiError> {
    let refused = |code, data: Vec<String>| Err(ApiError::unprocessable(code).data(json!({"data": data})));
    if domains.len() > MAX_DOMAINS {
        return refused(ErrorCode::SingleSignOnInvalidDomainFormat, Vec::new());
    }
    let (mut read, mut malformed) = (Vec::new(), Vec::new());
    for domain in domains {
        match flow::identifier::normalize_domain(domain) {
            Some(normal) => read.push(normal),
            None => malformed.push(domain.clone()),
        }
    }
    if !malformed.is_empty() {
        return refused(ErrorCode::SingleSignOnInvalidDomainFormat, malformed);
    }
    let forbidden: Vec<String> = read.iter().filter(|domain| PUBLIC.contains(&domain.as_str())).cloned().collect();
    if !forbidden.is_empty() {
        return refused(ErrorCode::SingleSignOnForbiddenDomains, forbidden);
    }
    let mut seen = std::collections::BTreeSet::new();
    let mut twice: Vec<String> = read.iter().filter(|domain| !seen.insert(domain.as_str())).cloned().collect();
    twice.dedup();
    if !twice.is_empty() {
        return refused(ErrorCode::SingleSignOnDuplicatedDomains, twice);
    }
    Ok(read)
}
