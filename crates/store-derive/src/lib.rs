//! `#[derive(FromRow)]`: each field is read from the column of its name.

use quote::quote;
use syn::{Data, DeriveInput, Fields, parse_macro_input};

/// Implements `store::FromRow` for a struct with named fields. Works inside the `store` crate too, through `extern crate self`.
#[proc_macro_derive(FromRow)]
pub fn from_row(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let Data::Struct(data) = &input.data else {
        return syn::Error::new_spanned(&input.ident, "only a struct can be read from a row").to_compile_error().into();
    };
    let Fields::Named(fields) = &data.fields else {
        return syn::Error::new_spanned(&input.ident, "fields need the names of columns").to_compile_error().into();
    };
    let name = &input.ident;
    let fields = fields.named.iter().filter_map(|f| f.ident.as_ref()).map(|field| {
        let column = field.to_string();
        let column = column.strip_prefix("r#").unwrap_or(&column);
        quote! { #field: row.get(prefix, #column)? }
    });
    quote! {
        impl ::store::FromRow for #name {
            fn from_row(row: &::store::Row, prefix: &'static str) -> ::core::result::Result<Self, ::store::Error> {
                ::core::result::Result::Ok(Self { #(#fields),* })
            }
        }
    }
    .into()
}
