//! Arguments held to the schema before anything runs (GraphQL specification, October 2021, 5.6 and 5.8).
//!
//! The library's validator lets a number pass for an input object, never asks whether a variable is of the
//! type that its place wants, and panics at the default of a variable of an unknown type. The first two it
//! finds out while mutations run, and then takes the whole answer down after some of them were done.

use std::collections::HashSet;

use async_graphql::{
    Name, Pos, Positioned,
    parser::types::{
        Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet, Type,
    },
};

use super::types::{Declared, Input, Types, stand_in};

/// What is wrong with a document. The sentence is fixed and repeats nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The public sentence.
    pub message: &'static str,
    /// Where in the document.
    pub at: Pos,
}

const fn misfit(message: &'static str, at: Pos) -> Result<(), Misfit> {
    Err(Misfit { message, at })
}

/// Holds the arguments of all operations to the schema, whichever of them is to run.
///
/// # Errors
///
/// [`Misfit`], the first that is found. What is not in the schema at all is for the library to refuse.
pub(super) fn check(types: &Types, document: &ExecutableDocument) -> Result<(), Misfit> {
    for operation in in_order(document) {
        let mut walk = Walk {
            types,
            document,
            declared: Declared::new(),
            seen: HashSet::new(),
        };
        walk.variables(operation)?;
        walk.directives(&operation.directives)?;
        walk.selections(types.root(operation.ty), &operation.selection_set.node)?;
    }
    Ok(())
}

/// The operations as they stand in the document, so that of several misfits always the same is told: the
/// library keeps them in no order.
pub(super) fn in_order(document: &ExecutableDocument) -> Vec<&OperationDefinition> {
    let operations = document.operations.iter();
    let mut operations: Vec<_> = operations.map(|(_, operation)| operation).collect();
    operations.sort_unstable_by_key(|operation| operation.pos);
    operations
        .into_iter()
        .map(|operation| &operation.node)
        .collect()
}

struct Walk<'a> {
    types: &'a Types,
    document: &'a ExecutableDocument,
    declared: Declared<'a>,
    /// The fragments that the operation has spread. Once is enough: what they hold is the same each time.
    seen: HashSet<&'a Name>,
}

impl<'a> Walk<'a> {
    fn variables(&mut self, operation: &'a OperationDefinition) -> Result<(), Misfit> {
        for variable in &operation.variable_definitions {
            let (at, variable) = (variable.pos, &variable.node);
            let of = &variable.var_type.node;
            if !self.types.is_input(of) {
                return misfit("A variable is declared with a type that no input has.", at);
            }
            if let Some(default) = &variable.default_value {
                let wanted = Input {
                    of: of.clone(),
                    defaulted: false,
                };
                if !self
                    .types
                    .fits_written(&default.node, &wanted, &Declared::new())
                {
                    return misfit("The default of a variable is not of its declared type.", at);
                }
            }
            // The library does not look at them, and knows none that could stand there.
            if !variable.directives.is_empty() {
                return misfit("No directive of the schema stands at a variable.", at);
            }
            self.declared.insert(variable.name.node.as_str(), variable);
        }
        Ok(())
    }

    fn selections(&mut self, parent: Option<&'a str>, set: &'a SelectionSet) -> Result<(), Misfit> {
        for selection in &set.items {
            self.directives(selection.node.directives())?;
            match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let signature =
                        parent.and_then(|parent| self.types.field(parent, &field.name.node));
                    for (name, value) in &field.arguments {
                        let wanted = signature
                            .and_then(|signature| signature.arguments.get(name.node.as_str()));
                        let shape = value
                            .node
                            .clone()
                            .into_const_with(|name| Ok::<_, Misfit>(stand_in(&name)))?;
                        if wanted.is_some_and(|wanted| {
                            !self.types.fits_written(&shape, wanted, &self.declared)
                        }) {
                            return misfit(UNFIT, value.pos);
                        }
                    }
                    let below = signature.map(|signature| signature.of.as_str());
                    self.selections(below, &field.selection_set.node)?;
                }
                Selection::InlineFragment(fragment) => {
                    let fragment = &fragment.node;
                    let on = fragment.type_condition.as_ref();
                    let on = on.map(|condition| condition.node.on.node.as_str());
                    self.selections(on.or(parent), &fragment.selection_set.node)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name)
                        && self.seen.insert(name)
                    {
                        let fragment = &fragment.node;
                        self.directives(&fragment.directives)?;
                        let on = fragment.type_condition.node.on.node.as_str();
                        self.selections(Some(on), &fragment.selection_set.node)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// `@skip` and `@include`, which the library leaves unread at `__typename`. It knows no others.
    fn directives(&self, directives: &'a [Positioned<Directive>]) -> Result<(), Misfit> {
        let wanted = Input {
            of: Type {
                base: async_graphql::parser::types::BaseType::Named(Name::new("Boolean")),
                nullable: false,
            },
            defaulted: false,
        };
        for directive in directives {
            let (at, directive) = (directive.pos, &directive.node);
            if !matches!(directive.name.node.as_str(), "skip" | "include") {
                continue;
            }
            let fits = match directive.arguments.as_slice() {
                [(name, value)] if name.node == "if" => {
                    let shape = value
                        .node
                        .clone()
                        .into_const_with(|name| Ok::<_, Misfit>(stand_in(&name)))?;
                    self.types.fits_written(&shape, &wanted, &self.declared)
                }
                _ => false,
            };
            if !fits {
                return misfit(
                    "@skip and @include have one argument: `if`, true or false.",
                    at,
                );
            }
        }
        Ok(())
    }
}

const UNFIT: &str = "An argument is not of its declared type, or a variable in it is of another.";

#[cfg(test)]
mod tests {
    use async_graphql::parser::{parse_query, parse_schema};

    use super::*;

    const SCHEMA: &str = "
        schema { query: Query mutation: Mutation }
        enum Side { LEFT RIGHT }
        input Where { side: Side!, row: Int = 1, tags: [String!] }
        type Query { at(where: Where!, n: Int! = 3, ids: [ID!]): Query, leaf: Int }
        type Mutation { go(where: Where): Query }";

    fn verdict(document: &str) -> Result<(), &'static str> {
        let types = Types::of(&parse_schema(SCHEMA).unwrap());
        check(&types, &parse_query(document).unwrap()).map_err(|misfit| misfit.message)
    }

    #[test]
    fn a_variable_goes_where_its_type_is_wanted() {
        let of = |declared: &str, place: &str| {
            verdict(&format!("query({declared}) {{ at({place}) {{ leaf }} }}")).is_ok()
        };
        for (declared, place) in [
            ("$v: Where!", "where: $v"),
            ("$v: Where = {side: LEFT}", "where: $v"),
            ("$v: Side!", "where: {side: $v}"),
            ("$v: Side = LEFT", "where: {side: $v}"),
            ("$v: Int", "where: {side: LEFT, row: $v}"),
            // The place has a default of its own.
            ("$v: Int", "n: $v"),
            ("$v: [ID!]!", "ids: $v"),
            ("$v: ID!", "ids: [$v, 1, \"x\"]"),
            ("$v: [String!]", "where: {side: LEFT, tags: $v}"),
        ] {
            assert!(of(declared, place), "{declared} {place}");
        }
        for (declared, place) in [
            ("$v: Where", "where: $v"),
            ("$v: Where = null", "where: $v"),
            ("$v: ID!", "where: $v"),
            ("$v: Side", "where: {side: $v}"),
            ("$v: String!", "where: {side: $v}"),
            ("$v: String", "n: $v"),
            ("$v: ID!", "ids: $v"),
            ("$v: ID", "ids: [$v]"),
            ("$v: [ID]", "ids: $v"),
            ("$v: [[ID!]!]", "ids: $v"),
            ("$v: Int", "n: $other"),
            ("$v: Query", "n: 1"),
            ("$v: [Nowhere!] = [1]", "n: 1"),
            ("$v: Int = 9999999999", "n: 1"),
            ("$v: Side = \"LEFT\"", "n: 1"),
            ("$v: Int @skip(if: true)", "n: 1"),
        ] {
            assert!(!of(declared, place), "{declared} {place}");
        }
    }

    #[test]
    fn the_first_of_several_misfits_is_told() {
        let types = Types::of(&parse_schema(SCHEMA).unwrap());
        let document = "query A { at(n: A) { leaf } } query B { at(n: B) { leaf } } query C { at(n: C) { leaf } }";
        for _ in 0..30 {
            let misfit = check(&types, &parse_query(document).unwrap()).unwrap_err();
            assert_eq!(misfit.at.column, 17);
        }
    }

    #[test]
    fn every_operation_and_every_fragment_in_use_is_looked_at() {
        for document in [
            "query A { leaf } mutation B { go(where: 1) { leaf } }",
            "{ ...F } fragment F on Query { at(where: {side: UP}) { leaf } }",
            "{ at(where: {side: LEFT}) { ... { at(where: []) { leaf } } } }",
            "query A($v: Int!) { ...F } query B($v: String) { ...F } fragment F on Query { at(n: $v) { leaf } }",
            "{ __typename @skip(if: 1) }",
            "{ leaf @include }",
            "{ ... @include(if: true, unless: false) { leaf } }",
        ] {
            assert!(verdict(document).is_err(), "{document}");
        }
        let fits = "query A($v: Int!) { ...F } query B($w: Boolean!) { leaf @skip(if: $w) }
            fragment F on Query { at(n: $v, where: {side: RIGHT}) { ...F } }";
        assert_eq!(verdict(fits), Ok(()));
    }
}
