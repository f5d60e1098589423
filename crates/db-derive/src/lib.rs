//! `#[derive(FromRow)]`: one list of columns for reading, selecting and inserting. Used through the `db` crate, which
//! documents it.

mod attributes;

use proc_macro::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Ident};

use crate::attributes::{Column, NoColumn, RowOptions};

/// Implements `db::FromRow` for a struct with named fields, each of which is a column unless it says otherwise.
///
/// The struct gets `COLUMNS`, its columns in the order of the fields, as in `"id, name"`. One with type parameters gets none.
///
/// On the struct: `#[row(alias = "r")]` adds `QUALIFIED_COLUMNS`, as in `"r.id, r.name"`; `#[row(insert)]` adds
/// `PLACEHOLDERS`, as in `"$1, $2"`, and `values()`, which returns the parameters for them in the same order.
///
/// On a field: `#[row(rename = "type")]` gives the column's name when it differs; `#[row(json)]` stores the field as JSON;
/// `#[row(with = "parse")]` reads it by `fn parse(stored) -> Result<field, DbError>`; `#[row(expression = "a + b")]` selects that
/// under the name of the field, or a constant that holds the expression. A row within this one, whose columns become columns
/// of this one: `#[row(flatten)]`, or `#[row(flatten = "RowType")]` for a field that is made from it with `From`, as are types
/// of crates that know no database. `#[row(skip)]` takes the default value.
#[proc_macro_derive(FromRow, attributes(row))]
pub fn derive_from_row(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(Error::into_compile_error).into()
}

fn expand(input: &DeriveInput) -> Result<proc_macro2::TokenStream, Error> {
    let options = RowOptions::parse(&input.attrs)?;
    let columns = columns(input)?;
    if let (true, Some(column)) = (options.insert, columns.iter().find(|column| !column.is_stored())) {
        return Err(Error::new_spanned(&column.field, "this field is only read, so its row has no `insert`"));
    }
    let read = columns.iter().map(|Column { field, name, json, with, other, .. }| match (other, with) {
        (Some(NoColumn::Flatten(_)), _) => quote!(#field: ::db::FromRow::from_row(row)?),
        (Some(NoColumn::From(row)), _) => quote!(#field: <#row as ::db::FromRow>::from_row(row)?.into()),
        (Some(NoColumn::Skip), _) => quote!(#field: ::core::default::Default::default()),
        (None, Some(with)) => quote!(#field: #with(row.get(#name)?)?),
        (None, None) if *json => quote!(#field: row.get::<::db::Json<_>>(#name)?.0),
        (None, None) => quote!(#field: row.get(#name)?),
    });
    let constants = input.generics.type_params().next().is_none().then(|| constants(&options, &columns));
    let values = options.insert.then(|| values(&columns));
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics ::db::FromRow for #name #type_generics #where_clause {
            fn from_row(row: &::db::Row<'_>) -> ::core::result::Result<Self, ::db::DbError> {
                ::core::result::Result::Ok(Self { #(#read),* })
            }
        }

        #[automatically_derived]
        #[allow(dead_code)]
        impl #impl_generics #name #type_generics #where_clause {
            #constants
            #values
        }
    })
}

fn columns(input: &DeriveInput) -> Result<Vec<Column>, Error> {
    let named = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(&fields.named),
            _ => None,
        },
        _ => None,
    };
    let fields = named.ok_or_else(|| Error::new_spanned(&input.ident, "a row is a struct with named fields"))?;
    if fields.is_empty() {
        return Err(Error::new_spanned(&input.ident, "a row has at least one column"));
    }
    fields.iter().map(Column::parse).collect()
}

fn constants(options: &RowOptions, columns: &[Column]) -> proc_macro2::TokenStream {
    let plain = selection(columns, None);
    let qualified = options.alias.as_ref().map(|alias| {
        let (text, doc) =
            (selection(columns, Some(alias)), format!("As `COLUMNS`, of the table with the alias `{alias}`."));
        quote! {
            #[doc = #doc]
            pub const QUALIFIED_COLUMNS: &'static str = #text;
        }
    });
    quote! {
        /// The columns of this row, in the order of its fields.
        pub const COLUMNS: &'static str = #plain;
        #qualified
    }
}

/// The text of `COLUMNS`, or of `QUALIFIED_COLUMNS` with an alias.
fn selection(columns: &[Column], alias: Option<&str>) -> proc_macro2::TokenStream {
    let (mut parts, mut text) = (Vec::new(), String::new());
    for Column { name, expression, other, .. } in columns {
        let between = if parts.is_empty() && text.is_empty() { "" } else { ", " };
        match (other, expression, alias) {
            (Some(NoColumn::Skip), ..) => {}
            (Some(NoColumn::Flatten(row) | NoColumn::From(row)), _, alias) => {
                let nested = if alias.is_some() { quote!(<#row>::QUALIFIED_COLUMNS) } else { quote!(<#row>::COLUMNS) };
                let before = std::mem::take(&mut text) + between;
                parts.push(quote!(#before, #nested));
            }
            (None, Some(expression), _) => {
                let before = std::mem::replace(&mut text, format!(" as {name}")) + between;
                parts.push(quote!(#before, #expression));
            }
            (None, None, Some(alias)) => text += &format!("{between}{alias}.{name}"),
            (None, None, None) => text += &format!("{between}{name}"),
        }
    }
    if parts.is_empty() {
        return quote!(#text);
    }
    quote!({
        const PARTS: &[&str] = &[#(#parts,)* #text];
        const JOINED: [u8; ::db::__sql::total_len(PARTS)] = ::db::__sql::concat(PARTS);
        ::db::__sql::as_text(&JOINED)
    })
}

fn values(columns: &[Column]) -> proc_macro2::TokenStream {
    let placeholders = (1..=columns.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let each = columns.iter().map(|Column { field, json, .. }| value(field, *json));
    quote! {
        /// A placeholder for each of `COLUMNS`, from `$1` on.
        pub const PLACEHOLDERS: &'static str = #placeholders;

        /// The parameters for `PLACEHOLDERS`.
        pub fn values(&self) -> ::std::vec::Vec<::db::Value> {
            ::std::vec![#(#each),*]
        }
    }
}

fn value(field: &Ident, json: bool) -> proc_macro2::TokenStream {
    match json {
        true => quote!(::db::Value::from(::db::Json(&self.#field))),
        false => quote!(::db::Value::from(::core::clone::Clone::clone(&self.#field))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<String, String> {
        let input = syn::parse_str(text).map_err(|error| error.to_string())?;
        expand(&input).map(|tokens| tokens.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_a_row_can_not_be_is_said() {
        for (text, expected) in [
            ("enum A { B }", "a struct with named fields"),
            ("struct A(String);", "a struct with named fields"),
            ("struct A {}", "at least one column"),
            (
                "struct A { #[row(renamed = \"b\")] a: String }",
                "`rename`, `expression`, `json`, `with`, `flatten` and `skip`",
            ),
            ("#[row(insert)] struct A { #[row(with = \"f\")] a: String }", "only read"),
            ("#[row(insert)] struct A { #[row(skip)] a: String }", "only read"),
            ("#[row(insert)] struct A { #[row(expression = \"1\")] a: i64 }", "only read"),
            ("#[row(table = \"a\")] struct A { a: String }", "`alias` and `insert`"),
            ("struct A { #[row(rename = \"a; drop table b\")] a: String }", "lower-case letters"),
            ("#[row(alias = \"A b\")] struct A { a: String }", "lower-case letters"),
        ] {
            let error = expanded(text).err().unwrap_or_default();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_struct_with_type_parameters_has_no_list_of_columns() {
        let text = expanded("struct A<T: FromRow> { #[row(flatten)] a: T }");
        assert!(text.is_ok_and(|text| text.contains("from_row") && !text.contains("COLUMNS")));
    }

    #[test]
    fn a_raw_identifier_names_its_column_without_the_mark() {
        let text = expanded("struct A { r#type: String, id: String }");
        assert!(text.is_ok_and(|text| text.contains("\"type, id\"")));
    }
}
