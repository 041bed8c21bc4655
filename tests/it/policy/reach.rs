//! Which fields of the schema a document reaches, and which of them came back with a value.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::parser::{
    parse_query, parse_schema,
    types::{BaseType, OperationType, Selection, SelectionSet, TypeKind, TypeSystemDefinition},
};
use letterlock::graphql::MemberApi;
use serde_json::Value;

/// A field of an object type: type, then field.
pub(super) type FieldName = (String, String);

/// The fields of the schema's object types and interfaces, each with the type it gives back.
pub(super) struct Sdl {
    types: BTreeMap<String, BTreeMap<String, String>>,
    objects: BTreeSet<String>,
}

fn innermost(mut base: &BaseType) -> String {
    loop {
        match base {
            BaseType::Named(name) => return name.to_string(),
            BaseType::List(inner) => base = &inner.base,
        }
    }
}

impl Sdl {
    /// The members' schema.
    pub(super) fn read() -> Self {
        let document = parse_schema(MemberApi::sdl()).unwrap();
        let (mut types, mut objects) = (BTreeMap::new(), BTreeSet::new());
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let name = definition.node.name.node.to_string();
            let fields = match definition.node.kind {
                TypeKind::Object(object) => {
                    objects.insert(name.clone());
                    object.fields
                }
                TypeKind::Interface(interface) => interface.fields,
                TypeKind::Union(_) => panic!("{name}: a union needs a walk of its own"),
                _ => continue,
            };
            let fields = fields.into_iter().map(|field| {
                (
                    field.node.name.node.to_string(),
                    innermost(&field.node.ty.node.base),
                )
            });
            types.insert(name, fields.collect());
        }
        Self { types, objects }
    }

    /// Every field of every object type.
    pub(super) fn fields(&self) -> BTreeSet<FieldName> {
        let fields = |object: &String| {
            let object = object.clone();
            self.types[&object]
                .keys()
                .map(move |field| (object.clone(), field.clone()))
        };
        self.objects.iter().flat_map(fields).collect()
    }

    /// The fields that `document` asks for and that have a value in `data`, neither null nor empty.
    /// Documents have one operation and no named fragments.
    pub(super) fn valued(&self, document: &str, data: &Value) -> BTreeSet<FieldName> {
        let document = parse_query(document).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let root = match operation.node.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        let mut found = BTreeSet::new();
        self.walk(root, &operation.node.selection_set.node, data, &mut found);
        found
    }

    fn walk(&self, on: &str, set: &SelectionSet, value: &Value, found: &mut BTreeSet<FieldName>) {
        if let Value::Array(items) = value {
            for item in items {
                self.walk(on, set, item, found);
            }
            return;
        }
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let name = field.name.node.as_str();
                    let value = &value[field.response_key().node.as_str()];
                    let Some(kind) = self.types[on].get(name) else {
                        panic!("{on} has no {name}")
                    };
                    if !empty(value) && self.objects.contains(on) {
                        found.insert((on.to_owned(), name.to_owned()));
                    }
                    if !value.is_null() && !field.selection_set.node.items.is_empty() {
                        self.walk(kind, &field.selection_set.node, value, found);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let on = match &fragment.node.type_condition {
                        Some(condition) => condition.node.on.node.as_str(),
                        None => on,
                    };
                    self.walk(on, &fragment.node.selection_set.node, value, found);
                }
                Selection::FragmentSpread(_) => panic!("no named fragments here"),
            }
        }
    }
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty() || items.iter().all(empty),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
