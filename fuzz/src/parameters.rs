//! Properties of every parsed set of parameters.

use std::collections::BTreeSet;

use oauth::Params;
use oauth::params::{MAX_COUNT, MAX_LIST, MAX_VALUE};
use url::form_urlencoded::Serializer;

/// No NUL, no value over the limits, no repeated name except `resource`; serialized parameters parse to the same value.
pub fn hold(params: &Params) {
    let mut seen = BTreeSet::new();
    for (name, value) in params.iter() {
        assert!(!name.contains('\0') && !value.contains('\0'), "a NUL in {name:?}");
        assert!(value.len() <= MAX_VALUE, "{name:?} is too long");
        assert!(name == "resource" || seen.insert(name), "{name:?} stands twice");
        assert!(!params.is_repeated("resource"), "resource may repeat");
        if params.is_repeated(name) {
            assert_eq!(params.get(name), None, "a repeated parameter has a value");
            assert!(params.reject_repeated().is_err());
        }
    }
    assert!(seen.len() <= MAX_COUNT && params.all("resource").count() <= MAX_LIST);
    assert!(params.list("scope").len() <= MAX_LIST);
    assert!(params.all("resource").all(|part| !part.contains(',') && !part.is_empty()));
    if params.reject_repeated().is_ok() && params.iter().count() <= MAX_COUNT {
        let printed = Serializer::new(String::new()).extend_pairs(params.iter()).finish();
        assert_eq!(Params::parse(&printed).as_ref(), Ok(params), "{printed}");
        let stored = params.to_json();
        let read = Params::from_json(&stored).unwrap_or_else(|error| panic!("what is stored is refused: {error}"));
        assert_eq!(read.to_json(), stored);
    }
}

/// Parses a form; none if it is rejected.
pub fn parse(form: &str) -> Option<Params> {
    match Params::parse(form) {
        Ok(params) => {
            hold(&params);
            Some(params)
        }
        Err(error) => {
            assert_eq!((error.error, error.status), ("invalid_request", 400));
            None
        }
    }
}
