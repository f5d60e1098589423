//! The attribute `row`, on the struct and on its fields.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::{Attribute, Error, Expr, Field, Ident, LitStr, Path, Token, Type};

/// `#[row(…)]` on the struct.
#[derive(Default)]
pub(crate) struct RowOptions {
    pub alias: Option<String>,
    pub insert: bool,
}

/// A field and its column.
pub(crate) struct Column {
    pub field: Ident,
    pub name: String,
    pub json: bool,
    /// Makes the value of what is stored.
    pub with: Option<Path>,
    /// What is selected under the name, instead of a column of the table.
    pub expression: Option<Expr>,
    pub other: Option<NoColumn>,
}

/// A field that is no column.
pub(crate) enum NoColumn {
    /// It is this row, with columns of its own.
    Flatten(Type),
    /// It is made from this row.
    From(Type),
    /// It has its default value.
    Skip,
}

impl RowOptions {
    pub(crate) fn parse(attributes: &[Attribute]) -> Result<Self, Error> {
        let mut options = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("row")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("insert") {
                    options.insert = true;
                    return Ok(());
                }
                if !meta.path.is_ident("alias") {
                    return Err(meta.error("a row has the attributes `alias` and `insert`"));
                }
                options.alias = Some(identifier(&meta.value()?.parse::<LitStr>()?)?);
                Ok(())
            })?;
        }
        Ok(options)
    }
}

impl Column {
    /// Whether the field is a column of its own table, stored as it is.
    pub(crate) fn is_stored(&self) -> bool {
        self.with.is_none() && self.expression.is_none() && self.other.is_none()
    }

    pub(crate) fn parse(field: &Field) -> Result<Self, Error> {
        let ident = field.ident.clone().ok_or_else(|| Error::new(Span::call_site(), "a column needs a name"))?;
        let mut column = Self {
            name: ident.unraw().to_string(),
            field: ident,
            json: false,
            with: None,
            expression: None,
            other: None,
        };
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("row")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("json") {
                    column.json = true;
                    return Ok(());
                }
                if meta.path.is_ident("flatten") {
                    column.other = Some(match meta.input.peek(Token![=]) {
                        true => NoColumn::From(meta.value()?.parse::<LitStr>()?.parse()?),
                        false => NoColumn::Flatten(field.ty.clone()),
                    });
                    return Ok(());
                }
                if meta.path.is_ident("skip") {
                    column.other = Some(NoColumn::Skip);
                    return Ok(());
                }
                if meta.path.is_ident("with") {
                    column.with = Some(meta.value()?.parse::<LitStr>()?.parse()?);
                    return Ok(());
                }
                if meta.path.is_ident("expression") {
                    column.expression = Some(meta.value()?.parse()?);
                    return Ok(());
                }
                if !meta.path.is_ident("rename") {
                    let known =
                        "a field has the attributes `rename`, `expression`, `json`, `with`, `flatten` and `skip`";
                    return Err(meta.error(known));
                }
                column.name = identifier(&meta.value()?.parse::<LitStr>()?)?;
                Ok(())
            })?;
        }
        Ok(column)
    }
}

/// A name that needs no quotes in SQL.
fn identifier(literal: &LitStr) -> Result<String, Error> {
    let text = literal.value();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    match text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(fits) {
        true => Ok(text),
        false => Err(Error::new_spanned(literal, "a name in SQL has lower-case letters, digits and underscores")),
    }
}
