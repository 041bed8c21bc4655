//! Variables held to their declared types before anything runs (GraphQL specification, October 2021,
//! 6.1.2 `CoerceVariableValues`).
//!
//! The library looks at a variable where it is used, while mutations before it have been done: a wrong one
//! would take the whole answer down after the first of them were committed.

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};

use super::{arrival::Question, types::Types};

/// A variable that is not what its declaration says.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Its name, without the dollar sign.
    pub variable: String,
}

/// Gives the variables that were not sent their defaults, and holds all to their types.
///
/// # Errors
///
/// [`Wrong`] names the first variable that does not fit.
pub fn coerce(types: &Types, question: &mut Question) -> Result<(), Wrong> {
    let document = question.document.clone();
    let Some(operation) = chosen(document.parsed(), question.operation_name.as_deref()) else {
        return Ok(());
    };
    for definition in &operation.variable_definitions {
        let definition = &definition.node;
        let name = &definition.name.node;
        if let Some(default) = &definition.default_value {
            question
                .variables
                .entry(name.clone())
                .or_insert_with(|| default.node.clone());
        }
        let fits = match question.variables.get(name) {
            Some(value) => types.fits_sent(value, &definition.var_type.node),
            None => definition.var_type.node.nullable,
        };
        if !fits {
            return Err(Wrong {
                variable: name.to_string(),
            });
        }
    }
    Ok(())
}

fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Option<&'a OperationDefinition> {
    document
        .operations
        .iter()
        .find(|(operation, _)| name.is_none() || operation.map(|it| it.as_str()) == name)
        .map(|(_, operation)| &operation.node)
}

#[cfg(test)]
mod tests {
    use async_graphql::{
        Value, Variables,
        parser::{parse_query, parse_schema},
    };
    use serde_json::json;

    use super::*;

    fn coerced(declared: &str, sent: serde_json::Value) -> Result<Variables, Wrong> {
        let schema = parse_schema(
            "scalar Date enum Side { LEFT RIGHT }
             input Inner { n: Int! = 3, sides: [Side!] }
             input Outer { date: Date!, inner: Inner, id: ID }",
        )
        .unwrap();
        let document = format!("query({declared}) {{ __typename }}");
        let mut question = Question {
            document: std::sync::Arc::new(parse_query(document).unwrap().into()),
            operation_name: None,
            variables: Variables::from_json(sent),
        };
        coerce(&Types::of(&schema), &mut question).map(|()| question.variables)
    }

    #[test]
    fn what_fits_passes() {
        for (declared, sent) in [
            ("$a: Int", json!({})),
            ("$a: Int", json!({"a": null})),
            ("$a: Int!", json!({"a": -2_147_483_648_i64})),
            ("$a: [Int!]", json!({"a": 1})),
            ("$a: [Side]", json!({"a": ["LEFT", null]})),
            (
                "$a: Outer!",
                json!({"a": {"date": "x", "inner": {"sides": []}, "id": 7}}),
            ),
            ("$a: Boolean", json!({"b": "not declared"})),
        ] {
            assert!(coerced(declared, sent.clone()).is_ok(), "{declared} {sent}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (declared, sent) in [
            ("$a: Int!", json!({})),
            ("$a: Int!", json!({"a": null})),
            ("$a: Int", json!({"a": 2_147_483_648_i64})),
            ("$a: Int", json!({"a": 1.5})),
            ("$a: String", json!({"a": 1})),
            ("$a: ID", json!({"a": 1.5})),
            ("$a: Boolean", json!({"a": "true"})),
            ("$a: [Int!]", json!({"a": [1, null]})),
            ("$a: Side", json!({"a": "UP"})),
            ("$a: Outer", json!({"a": "x"})),
            ("$a: Outer", json!({"a": {}})),
            ("$a: Outer", json!({"a": {"date": 1}})),
            ("$a: Nowhere", json!({"a": 1})),
            ("$a: [Nowhere]", json!({"a": [1]})),
            ("$a: Outer", json!({"a": {"date": "x", "more": 1}})),
            (
                "$a: Outer",
                json!({"a": {"date": "x", "inner": {"n": null}}}),
            ),
        ] {
            let wrong = Wrong {
                variable: "a".to_owned(),
            };
            assert_eq!(
                coerced(declared, sent.clone()).err(),
                Some(wrong),
                "{declared} {sent}"
            );
        }
    }

    #[test]
    fn a_default_is_filled_in() {
        let variables = coerced("$a: Int! = 4, $b: Side = LEFT", json!({})).unwrap();
        assert_eq!(variables.get("a"), Some(&Value::from(4)));
    }
}
