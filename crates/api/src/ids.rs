//! The ids of bodies and paths, which belong to every crate: [`kernel::ids`].

pub use kernel::ids::*;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_text_whose_length_a_body_bounds() {
        let id: UserId = serde_json::from_str("\"u1234567890\"").unwrap();
        assert_eq!((serde_json::to_string(&id).unwrap(), id.len()), ("\"u1234567890\"".to_owned(), 11));
        let read = |text: String| crate::body::read::<UserId>(text.into());
        assert!(read("é".repeat(64)).is_ok() && read("x".repeat(65)).is_err() && read(String::new()).is_err());
    }
}
