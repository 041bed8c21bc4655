//! Variables held to their declared types before anything runs (GraphQL specification, October 2021,
//! 6.1.2 `CoerceVariableValues`).
//!
//! The library looks at a variable where it is used, while mutations before it have been done: a wrong one
//! would take the whole answer down after the first of them were committed.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Value,
    parser::types::{
        BaseType, ExecutableDocument, OperationDefinition, ServiceDocument, Type, TypeKind,
        TypeSystemDefinition,
    },
};

use super::arrival::Question;

/// The types of a schema that an input can have.
#[derive(Debug, Default)]
pub struct InputTypes(HashMap<String, InputType>);

#[derive(Debug)]
enum InputType {
    Enum(HashSet<String>),
    /// Its fields, each with its type and whether it has a default.
    Object(HashMap<String, (Type, bool)>),
    /// A scalar of the schema's own: a string, whose form the resolver looks at.
    Scalar,
}

/// A variable that is not what its declaration says.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Its name, without the dollar sign.
    pub variable: String,
}

impl InputTypes {
    /// Reads the types out of the schema definition language.
    pub fn of(schema: &ServiceDocument) -> Self {
        let mut types = HashMap::new();
        for definition in &schema.definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let input = match &definition.node.kind {
                TypeKind::Enum(kind) => InputType::Enum(
                    kind.values
                        .iter()
                        .map(|value| value.node.value.node.to_string())
                        .collect(),
                ),
                TypeKind::InputObject(kind) => InputType::Object(
                    kind.fields
                        .iter()
                        .map(|field| {
                            let field = &field.node;
                            let defaulted = field.default_value.is_some();
                            (
                                field.name.node.to_string(),
                                (field.ty.node.clone(), defaulted),
                            )
                        })
                        .collect(),
                ),
                TypeKind::Scalar => InputType::Scalar,
                _ => continue,
            };
            types.insert(definition.node.name.node.to_string(), input);
        }
        Self(types)
    }

    /// Gives the variables that were not sent their defaults, and holds all to their types.
    ///
    /// # Errors
    ///
    /// [`Wrong`] names the first variable that does not fit.
    pub fn coerce(&self, question: &mut Question) -> Result<(), Wrong> {
        let Some(operation) = chosen(&question.document, question.operation_name.as_deref()) else {
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
                Some(value) => self.fits(value, &definition.var_type.node),
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

    fn fits(&self, value: &Value, wanted: &Type) -> bool {
        if *value == Value::Null {
            return wanted.nullable;
        }
        match &wanted.base {
            BaseType::List(inner) => match value {
                Value::List(values) => values.iter().all(|value| self.fits(value, inner)),
                // One value stands for a list of one.
                value => self.fits(value, inner),
            },
            BaseType::Named(name) => self.fits_named(value, name),
        }
    }

    fn fits_named(&self, value: &Value, name: &Name) -> bool {
        match name.as_str() {
            "Int" => value_i32(value),
            "Float" => matches!(value, Value::Number(_)),
            "String" => matches!(value, Value::String(_)),
            "Boolean" => matches!(value, Value::Boolean(_)),
            "ID" => match value {
                Value::String(_) => true,
                Value::Number(number) => number.is_i64() || number.is_u64(),
                _ => false,
            },
            name => match (self.0.get(name), value) {
                // As JSON has it, and as a default has it.
                (Some(InputType::Enum(values)), Value::String(value)) => values.contains(value),
                (Some(InputType::Enum(values)), Value::Enum(value)) => {
                    values.contains(value.as_str())
                }
                (Some(InputType::Scalar), value) => matches!(value, Value::String(_)),
                (Some(InputType::Object(fields)), Value::Object(given)) => {
                    given.keys().all(|key| fields.contains_key(key.as_str()))
                        && fields.iter().all(|(key, (wanted, defaulted))| {
                            match given.get(key.as_str()) {
                                Some(value) => self.fits(value, wanted),
                                None => wanted.nullable || *defaulted,
                            }
                        })
                }
                // An unknown type is for the library to refuse, in its own words.
                (None, _) => true,
                _ => false,
            },
        }
    }
}

fn value_i32(value: &Value) -> bool {
    match value {
        Value::Number(number) => number
            .as_i64()
            .is_some_and(|number| i32::try_from(number).is_ok()),
        _ => false,
    }
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
        Variables,
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
            document: parse_query(document).unwrap(),
            operation_name: None,
            variables: Variables::from_json(sent),
        };
        InputTypes::of(&schema)
            .coerce(&mut question)
            .map(|()| question.variables)
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
            ("$a: Nowhere", json!({"a": 1})),
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
