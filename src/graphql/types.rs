//! The schema's types, as the checks look at them that come before the library's own.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Value,
    parser::types::{
        BaseType, FieldDefinition, InputValueDefinition, OperationType, ServiceDocument, Type,
        TypeKind, TypeSystemDefinition, VariableDefinition,
    },
};

/// The types of a schema, by name.
#[derive(Debug, Default)]
pub struct Types {
    inputs: HashMap<String, InputType>,
    objects: HashMap<String, Fields>,
    interfaces: HashMap<String, Fields>,
    query: Option<String>,
    mutation: Option<String>,
}

#[derive(Debug)]
enum InputType {
    Enum(HashSet<String>),
    Object(HashMap<String, Input>),
    /// A scalar of the schema's own, whose form the library and the resolver look at.
    Scalar,
}

type Fields = HashMap<String, Signature>;

/// An argument, or a field of an input object.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) of: Type,
    /// Whether it has a default.
    pub(super) defaulted: bool,
}

/// A field of an object or an interface.
#[derive(Debug)]
pub(super) struct Signature {
    pub(super) arguments: HashMap<String, Input>,
    /// The name of its type, without what is around it.
    pub(super) of: String,
}

/// The variables that an operation declares.
pub(super) type Declared<'a> = HashMap<&'a str, &'a VariableDefinition>;

impl Types {
    /// Reads the types out of the schema definition language.
    pub fn of(schema: &ServiceDocument) -> Self {
        let mut types = Self::default();
        for definition in &schema.definitions {
            let definition = match definition {
                TypeSystemDefinition::Type(definition) => &definition.node,
                TypeSystemDefinition::Schema(roots) => {
                    let name = |root: &Option<async_graphql::Positioned<Name>>| {
                        root.as_ref().map(|name| name.node.to_string())
                    };
                    types.query = name(&roots.node.query);
                    types.mutation = name(&roots.node.mutation);
                    continue;
                }
                TypeSystemDefinition::Directive(_) => continue,
            };
            let name = definition.name.node.to_string();
            let input = match &definition.kind {
                TypeKind::Enum(kind) => {
                    let values = kind.values.iter();
                    InputType::Enum(values.map(|it| it.node.value.node.to_string()).collect())
                }
                TypeKind::InputObject(kind) => {
                    InputType::Object(inputs(kind.fields.iter().map(|field| &field.node)))
                }
                TypeKind::Scalar => InputType::Scalar,
                TypeKind::Object(kind) => {
                    let fields = kind.fields.iter().map(|field| &field.node);
                    types.objects.insert(name, fields.map(signature).collect());
                    continue;
                }
                TypeKind::Interface(kind) => {
                    let fields = kind.fields.iter().map(|field| &field.node);
                    types
                        .interfaces
                        .insert(name, fields.map(signature).collect());
                    continue;
                }
                TypeKind::Union(_) => continue,
            };
            types.inputs.insert(name, input);
        }
        types
    }

    /// The type at the root of an operation.
    pub(super) fn root(&self, operation: OperationType) -> Option<&str> {
        match operation {
            OperationType::Query => self.query.as_deref(),
            OperationType::Mutation => self.mutation.as_deref(),
            OperationType::Subscription => None,
        }
    }

    /// A field of a type; nothing for one that only the library knows, as those of introspection.
    pub(super) fn field(&self, of: &str, name: &str) -> Option<&Signature> {
        let fields = self.objects.get(of).or_else(|| self.interfaces.get(of))?;
        fields.get(name)
    }

    /// Whether what is of this type is of no other.
    pub(super) fn is_object(&self, name: &str) -> bool {
        self.objects.contains_key(name)
    }

    /// Whether a variable can be of this type.
    pub(super) fn is_input(&self, of: &Type) -> bool {
        match &of.base {
            BaseType::List(inner) => self.is_input(inner),
            BaseType::Named(name) => {
                matches!(name.as_str(), "Int" | "Float" | "String" | "Boolean" | "ID")
                    || self.inputs.contains_key(name.as_str())
            }
        }
    }

    /// Whether a value that was sent as a variable fits a type.
    pub(super) fn fits_sent(&self, value: &Value, wanted: &Type) -> bool {
        let fit = Fit {
            types: self,
            declared: None,
        };
        fit.value(value, wanted)
    }

    /// Whether a value that the document holds fits its place; a variable in it stands as [`stand_in`] puts it.
    pub(super) fn fits_written(&self, value: &Value, wanted: &Input, declared: &Declared) -> bool {
        let fit = Fit {
            types: self,
            declared: Some(declared),
        };
        fit.place(value, &wanted.of, wanted.defaulted)
    }
}

fn inputs<'a>(
    definitions: impl Iterator<Item = &'a InputValueDefinition>,
) -> HashMap<String, Input> {
    definitions
        .map(|definition| {
            let input = Input {
                of: definition.ty.node.clone(),
                defaulted: definition.default_value.is_some(),
            };
            (definition.name.node.to_string(), input)
        })
        .collect()
}

fn signature(field: &FieldDefinition) -> (String, Signature) {
    let mut of = &field.ty.node;
    let of = loop {
        match &of.base {
            BaseType::List(inner) => of = inner,
            BaseType::Named(name) => break name.to_string(),
        }
    };
    let arguments = inputs(field.arguments.iter().map(|argument| &argument.node));
    (field.name.node.to_string(), Signature { arguments, of })
}

/// What stands for a variable in a value: the library's type of values with variables has no public name.
/// No value that the parser reads is like it.
pub(super) fn stand_in(variable: &Name) -> Value {
    Value::Enum(Name::new(format!("${variable}")))
}

struct Fit<'a> {
    types: &'a Types,
    /// Nothing where the value itself was sent as a variable.
    declared: Option<&'a Declared<'a>>,
}

impl Fit<'_> {
    fn place(&self, value: &Value, wanted: &Type, defaulted: bool) -> bool {
        let variable = match (self.declared, value) {
            (Some(declared), Value::Enum(name)) => name
                .strip_prefix('$')
                .map(|name| declared.get(name).copied()),
            _ => None,
        };
        match variable {
            // GraphQL, 5.8.5: IsVariableUsageAllowed.
            Some(Some(definition)) => {
                let default = definition.default_value.as_ref();
                let never_null = !definition.var_type.node.nullable
                    || defaulted
                    || default.is_some_and(|default| default.node != Value::Null);
                (wanted.nullable || never_null)
                    && same_but_for_null(&definition.var_type.node, wanted)
            }
            Some(None) => false,
            None => self.value(value, wanted),
        }
    }

    fn value(&self, value: &Value, wanted: &Type) -> bool {
        if *value == Value::Null {
            return wanted.nullable;
        }
        match &wanted.base {
            BaseType::List(inner) => match value {
                Value::List(values) => values.iter().all(|value| self.place(value, inner, false)),
                // One value stands for a list of one.
                value => self.value(value, inner),
            },
            BaseType::Named(name) => self.named(value, name),
        }
    }

    fn named(&self, value: &Value, name: &str) -> bool {
        match name {
            "Int" => match value {
                Value::Number(number) => number
                    .as_i64()
                    .is_some_and(|number| i32::try_from(number).is_ok()),
                _ => false,
            },
            "Float" => matches!(value, Value::Number(_)),
            "String" => matches!(value, Value::String(_)),
            "Boolean" => matches!(value, Value::Boolean(_)),
            "ID" => match value {
                Value::String(_) => true,
                Value::Number(number) => number.is_i64() || number.is_u64(),
                _ => false,
            },
            name => match (self.types.inputs.get(name), value) {
                (Some(InputType::Enum(values)), Value::Enum(value)) => {
                    values.contains(value.as_str())
                }
                // JSON has no other dress for it; a document has.
                (Some(InputType::Enum(values)), Value::String(value)) => {
                    self.declared.is_none() && values.contains(value)
                }
                (Some(InputType::Scalar), value) => matches!(value, Value::String(_)),
                (Some(InputType::Object(fields)), Value::Object(given)) => {
                    given.keys().all(|key| fields.contains_key(key.as_str()))
                        && fields
                            .iter()
                            .all(|(key, wanted)| match given.get(key.as_str()) {
                                Some(value) => self.place(value, &wanted.of, wanted.defaulted),
                                None => wanted.of.nullable || wanted.defaulted,
                            })
                }
                _ => false,
            },
        }
    }
}

fn same_but_for_null(given: &Type, wanted: &Type) -> bool {
    match (&given.base, &wanted.base) {
        (BaseType::Named(given), BaseType::Named(wanted)) => given == wanted,
        (BaseType::List(given), BaseType::List(wanted)) => {
            (wanted.nullable || !given.nullable) && same_but_for_null(given, wanted)
        }
        _ => false,
    }
}
