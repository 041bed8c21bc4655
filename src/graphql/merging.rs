//! Fields of one name in the answer are one field (GraphQL specification, October 2021, 5.3.2).
//!
//! The library compares some such fields and not others, and answers with the first value of one and the
//! rest of the other. It runs each of them, too: a field of a mutation that stands twice would be done twice.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{
    Name, Positioned,
    parser::types::{ExecutableDocument, Field, OperationType, Selection, SelectionSet},
};

use super::{
    arguments::{Misfit, in_order},
    types::Types,
};

/// Refuses operations whose fields cannot be merged, and mutations that name a root field twice.
///
/// Fragments are written out, since the library runs what they hold at each of their spreads. The document
/// guard has refused circles, and bounds what it all amounts to.
///
/// # Errors
///
/// [`Misfit`], the first that is found.
pub(super) fn check(types: &Types, document: &ExecutableDocument) -> Result<(), Misfit> {
    let merge = Merge { types, document };
    for operation in in_order(document) {
        let root = types.root(operation.ty);
        let groups = merge.groups(&[(root, &operation.selection_set.node)]);
        if operation.ty == OperationType::Mutation {
            for group in groups.values() {
                // `__typename` does nothing.
                if let [first, again, ..] = group.as_slice()
                    && first.field.node.name.node != "__typename"
                {
                    return Err(Misfit {
                        message: "A mutation names a root field twice: give one of them an alias.",
                        at: again.field.pos,
                    });
                }
            }
        }
        merge.check(groups)?;
    }
    Ok(())
}

struct Merge<'a> {
    types: &'a Types,
    document: &'a ExecutableDocument,
}

/// A field, and the type that it is a field of, where that is one that we know.
#[derive(Clone, Copy)]
struct Found<'a> {
    parent: Option<&'a str>,
    field: &'a Positioned<Field>,
}

type Groups<'a> = BTreeMap<&'a str, Vec<Found<'a>>>;

impl<'a> Merge<'a> {
    /// The fields of some sets that are selected of one object, by their names in the answer.
    fn groups(&self, sets: &[(Option<&'a str>, &'a SelectionSet)]) -> Groups<'a> {
        let mut groups = Groups::new();
        for (parent, set) in sets {
            self.collect(*parent, set, &mut groups);
        }
        groups
    }

    fn collect(&self, parent: Option<&'a str>, set: &'a SelectionSet, groups: &mut Groups<'a>) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.as_str();
                    groups.entry(key).or_default().push(Found { parent, field });
                }
                Selection::InlineFragment(fragment) => {
                    let fragment = &fragment.node;
                    let on = fragment.type_condition.as_ref();
                    let on = on.map(|condition| condition.node.on.node.as_str());
                    let set = &fragment.selection_set.node;
                    self.collect(on.or(parent), set, groups);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name) {
                        let fragment = &fragment.node;
                        let on = Some(fragment.type_condition.node.on.node.as_str());
                        self.collect(on, &fragment.selection_set.node, groups);
                    }
                }
            }
        }
    }

    fn check(&self, groups: Groups<'a>) -> Result<(), Misfit> {
        for group in groups.into_values() {
            for fields in self.that_meet(group) {
                let mut others = fields.iter();
                let Some(first) = others.next() else { continue };
                if let Some(other) = others.find(|other| !same(first.field, other.field)) {
                    return Err(Misfit {
                        message: "Two fields of one name in the answer differ: give one of them an alias.",
                        at: other.field.pos,
                    });
                }
                let sets: Vec<_> = fields
                    .iter()
                    .map(|found| (self.below(found), &found.field.node.selection_set.node))
                    .collect();
                self.check(self.groups(&sets))?;
            }
        }
        Ok(())
    }

    /// Parts fields into those that one object can have: of one object's type, or of an interface.
    fn that_meet(&self, group: Vec<Found<'a>>) -> Vec<Vec<Found<'a>>> {
        let object = |found: &Found<'a>| found.parent.filter(|of| self.types.is_object(of));
        let objects: BTreeSet<&str> = group.iter().filter_map(object).collect();
        if objects.len() < 2 {
            return vec![group];
        }
        let of_one = |one| {
            let meets = |found: &&Found<'a>| object(found).is_none_or(|of| of == one);
            group.iter().filter(meets).copied().collect()
        };
        objects.into_iter().map(of_one).collect()
    }

    fn below(&self, found: &Found<'a>) -> Option<&'a str> {
        let signature = self
            .types
            .field(found.parent?, &found.field.node.name.node)?;
        Some(signature.of.as_str())
    }
}

/// Whether two fields have one name and the same arguments, in whatever order.
fn same(one: &Positioned<Field>, other: &Positioned<Field>) -> bool {
    let (one, other) = (&one.node, &other.node);
    let argument = |name: &Name| other.get_argument(name).map(|value| &value.node);
    one.name.node == other.name.node
        && one.arguments.len() == other.arguments.len()
        && one
            .arguments
            .iter()
            .all(|(name, value)| argument(&name.node) == Some(&value.node))
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::{parse_query, parse_schema};

    use super::*;

    const SCHEMA: &str = "
        schema { query: Query mutation: Mutation }
        interface Thing { id: ID }
        type Cat implements Thing { id: ID, name(in: String): String, kitten: Cat }
        type Dog implements Thing { id: ID, name: String, barks: Boolean, puppy: Dog }
        type Query { thing(id: ID): Thing, cat: Cat }
        type Mutation { feed: Cat }";

    fn merges(document: &str) -> bool {
        let types = Types::of(&parse_schema(SCHEMA).unwrap());
        check(&types, &parse_query(document).unwrap()).is_ok()
    }

    #[test]
    fn fields_of_one_name_are_the_same_field() {
        for document in [
            "{ cat { id id } cat { id } }",
            "{ thing(id: 1) { id } ... on Query { thing(id: 1) { id } } }",
            "query($i: ID) { thing(id: $i) { id } ...F } fragment F on Query { thing(id: $i) { id } }",
            "{ thing { ... on Cat { x: name } ... on Dog { x: barks } } }",
            "{ thing { id ... on Cat { id } ... on Dog { id } } }",
            "{ thing { ... on Cat { x: kitten { y: name } } ... on Dog { x: puppy { y: barks } } } }",
            "{ __schema { queryType { name } } __schema { queryType { kind } } }",
            "mutation { a: feed { id } b: feed { name } __typename __typename }",
        ] {
            assert!(merges(document), "{document}");
        }
        for document in [
            "{ a: cat { id } a: thing { id } }",
            "{ thing(id: 1) { id } thing(id: 2) { id } }",
            "{ thing(id: 1) { id } ... on Query { thing { id } } }",
            "query($i: ID, $j: ID) { thing(id: $i) { id } thing(id: $j) { id } }",
            "{ cat { x: id } cat { x: name } }",
            "{ cat { ...F } ...G } fragment F on Cat { x: id } fragment G on Query { cat { x: name } }",
            "{ cat { name(in: \"en\") kitten { id } ... { name } } }",
            "{ thing { x: id ... on Cat { x: name } } }",
            "{ thing { ... on Cat { x: kitten { y: name } } ... on Cat { x: kitten { y: id } } } }",
            "{ __type(name: \"A\") { name } __type(name: \"B\") { name } }",
            "mutation { feed { id } feed { id } }",
            "mutation { ...F ...F } fragment F on Mutation { feed { id } }",
        ] {
            assert!(!merges(document), "{document}");
        }
    }
}
