//! What a document weighs with all its fragments written out, without writing them out.

use std::{collections::HashMap, convert::Infallible};

use async_graphql::{
    Name, Pos, Positioned, Value,
    parser::types::{
        Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
    },
};

use super::{Limits, Objection, SIGN_IN_FIELDS, step};

/// What a selection set weighs after expansion. The numbers saturate.
#[derive(Clone, Copy, Debug, Default)]
struct Weight {
    nodes: u32,
    depth: u32,
    height: u32,
    aliases: u32,
    directives: u32,
    /// Fields at the top of the set: of an operation, its root fields.
    top_fields: u32,
    top_sign_in_fields: u32,
}

impl Weight {
    fn add(&mut self, other: Self) {
        self.nodes = self.nodes.saturating_add(other.nodes);
        self.depth = self.depth.max(other.depth);
        self.height = self.height.max(other.height);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.top_fields = self.top_fields.saturating_add(other.top_fields);
        self.top_sign_in_fields = self
            .top_sign_in_fields
            .saturating_add(other.top_sign_in_fields);
    }

    fn check(&self, limits: &Limits, at: Pos) -> Result<(), Objection> {
        let too_much = [
            (
                self.nodes > limits.nodes,
                "The document is too large once its fragments are expanded.",
            ),
            (
                self.depth > limits.depth || self.height > limits.height,
                "The document is nested too deeply.",
            ),
            (
                self.aliases > limits.aliases,
                "The document has too many aliases once its fragments are expanded.",
            ),
            (
                self.directives > limits.directives,
                "The document has too many directives once its fragments are expanded.",
            ),
        ];
        match too_much.into_iter().find(|(exceeded, _)| *exceeded) {
            Some((_, message)) => Err(Objection::limit(message, Some(at))),
            None => Ok(()),
        }
    }
}

enum Weighed {
    /// Its weighing has begun and not ended: whoever spreads it now closes a circle.
    Begun,
    Done(Weight),
}

struct Scales<'a> {
    document: &'a ExecutableDocument,
    limits: &'a Limits,
    fragments: HashMap<&'a Name, Weighed>,
}

/// Refuses a document beyond `limits`, or with cyclic or unknown fragments.
pub(super) fn check(document: &ExecutableDocument, limits: &Limits) -> Result<(), Objection> {
    if exceeds(document.operations.iter().len(), limits.operations) {
        return Err(Objection::limit(
            "The document holds too many operations.",
            None,
        ));
    }
    if exceeds(document.fragments.len(), limits.fragments) {
        return Err(Objection::limit(
            "The document holds too many fragments.",
            None,
        ));
    }
    let mut scales = Scales {
        document,
        limits,
        fragments: HashMap::new(),
    };
    let mut sign_in_fields = 0_u32;
    // The parser keeps them in no order; of several objections always the same is told.
    let operations = document.operations.iter();
    let mut operations: Vec<_> = operations.map(|(_, operation)| operation).collect();
    operations.sort_unstable_by_key(|operation| operation.pos);
    for operation in operations {
        let weight = scales.operation(operation)?;
        if weight.top_fields > limits.root_fields {
            return Err(Objection::limit(
                "The operation has too many root fields once its fragments are expanded.",
                Some(operation.pos),
            ));
        }
        sign_in_fields = sign_in_fields.saturating_add(weight.top_sign_in_fields);
        if sign_in_fields > limits.sign_in_fields {
            return Err(Objection::limit(
                "A document may sign in, sign up, screen an age or change a credential once only.",
                Some(operation.pos),
            ));
        }
    }
    // The library also walks the fragments that no operation uses.
    for (name, fragment) in &document.fragments {
        scales.fragment(name, fragment.pos, 0)?;
    }
    Ok(())
}

impl<'a> Scales<'a> {
    fn operation(
        &mut self,
        operation: &'a Positioned<OperationDefinition>,
    ) -> Result<Weight, Objection> {
        let definition = &operation.node;
        if exceeds(definition.variable_definitions.len(), self.limits.variables) {
            return Err(Objection::limit(
                "The operation declares too many variables.",
                Some(operation.pos),
            ));
        }
        let mut weight = self.directives(&definition.directives, operation.pos)?;
        for variable in &definition.variable_definitions {
            weight.add(self.directives(&variable.node.directives, variable.pos)?);
            if let Some(default) = &variable.node.default_value {
                weight.add(self.value(&default.node, default.pos, 0)?);
            }
        }
        weight.add(self.selections(&definition.selection_set.node, operation.pos, 1)?);
        weight.check(self.limits, operation.pos)?;
        Ok(weight)
    }

    /// Weighs a set of selections that stands `level` sets deep.
    fn selections(
        &mut self,
        set: &'a SelectionSet,
        at: Pos,
        level: u32,
    ) -> Result<Weight, Objection> {
        // The same set, reached by a remembered weight, is refused by its height.
        if level > self.limits.height {
            return Err(Objection::limit(
                "The document is nested too deeply.",
                Some(at),
            ));
        }
        let mut weight = Weight::default();
        for selection in &set.items {
            step();
            let inner = match &selection.node {
                Selection::Field(field) => self.field(&field.node, field.pos, level)?,
                Selection::FragmentSpread(spread) => {
                    let mut inner = self.directives(&spread.node.directives, spread.pos)?;
                    inner.add(self.fragment(&spread.node.fragment_name.node, spread.pos, level)?);
                    inner
                }
                Selection::InlineFragment(fragment) => {
                    let mut inner = self.directives(&fragment.node.directives, fragment.pos)?;
                    inner.add(self.selections(
                        &fragment.node.selection_set.node,
                        fragment.pos,
                        level + 1,
                    )?);
                    inner
                }
            };
            weight.add(inner);
            weight.nodes = weight.nodes.saturating_add(1);
        }
        weight.height = weight.height.saturating_add(1);
        Ok(weight)
    }

    fn field(&mut self, field: &'a Field, at: Pos, level: u32) -> Result<Weight, Objection> {
        // The library lets everything pass on this one.
        let bare = field.arguments.is_empty()
            && field.selection_set.node.items.is_empty()
            && field
                .directives
                .iter()
                .all(|it| matches!(it.node.name.node.as_str(), "skip" | "include"));
        if field.name.node == "__typename" && !bare {
            return Err(Objection::invalid(
                "__typename has no arguments and no fields, and no directives but @skip and @include.",
                Some(at),
            ));
        }
        let mut weight = self.directives(&field.directives, at)?;
        // Only the shape of a value counts; the library's type of values with variables has no public
        // name, so a variable becomes null.
        weight.add(self.values(field.arguments.iter().map(|(_, value)| {
            let shape = value.node.clone().into_const_with(no_variable);
            (shape.unwrap_or_default(), value.pos)
        }))?);
        if !field.selection_set.node.items.is_empty() {
            weight.add(self.selections(&field.selection_set.node, at, level + 1)?);
        }
        weight.depth = weight.depth.saturating_add(1);
        weight.aliases = weight
            .aliases
            .saturating_add(u32::from(field.alias.is_some()));
        weight.top_fields = 1;
        weight.top_sign_in_fields = u32::from(SIGN_IN_FIELDS.contains(&field.name.node.as_str()));
        Ok(weight)
    }

    fn fragment(&mut self, name: &'a Name, at: Pos, level: u32) -> Result<Weight, Objection> {
        match self.fragments.get(name) {
            Some(Weighed::Done(weight)) => return Ok(*weight),
            Some(Weighed::Begun) => {
                return Err(Objection::invalid(
                    "A fragment of the document contains itself.",
                    Some(at),
                ));
            }
            None => {}
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            return Err(Objection::invalid(
                "The document spreads a fragment that it does not define.",
                Some(at),
            ));
        };
        self.fragments.insert(name, Weighed::Begun);
        let mut weight = self.directives(&fragment.node.directives, fragment.pos)?;
        weight.add(self.selections(&fragment.node.selection_set.node, fragment.pos, level + 1)?);
        weight.check(self.limits, fragment.pos)?;
        self.fragments.insert(name, Weighed::Done(weight));
        Ok(weight)
    }

    fn directives(
        &self,
        directives: &[Positioned<Directive>],
        at: Pos,
    ) -> Result<Weight, Objection> {
        if exceeds(directives.len(), self.limits.directives_at_once) {
            return Err(Objection::limit(
                "Too many directives stand at one place of the document.",
                Some(at),
            ));
        }
        let mut weight = Weight::default();
        for directive in directives {
            step();
            weight.nodes = weight.nodes.saturating_add(1);
            weight.directives = weight.directives.saturating_add(1);
            weight.add(
                self.values(directive.node.arguments.iter().map(|(_, value)| {
                    let shape = value.node.clone().into_const_with(no_variable);
                    (shape.unwrap_or_default(), value.pos)
                }))?,
            );
        }
        Ok(weight)
    }

    fn values(&self, values: impl Iterator<Item = (Value, Pos)>) -> Result<Weight, Objection> {
        let mut weight = Weight::default();
        for (value, at) in values {
            weight.add(self.value(&value, at, 0)?);
        }
        Ok(weight)
    }

    fn value(&self, value: &Value, at: Pos, depth: u32) -> Result<Weight, Objection> {
        step();
        // An empty list is a list, too.
        let holds = matches!(value, Value::List(_) | Value::Object(_));
        if depth.saturating_add(u32::from(holds)) > self.limits.value_depth {
            return Err(Objection::limit(
                "A value of the document is nested too deeply.",
                Some(at),
            ));
        }
        let mut weight = Weight {
            nodes: 1,
            ..Weight::default()
        };
        match value {
            Value::List(items) => {
                for item in items {
                    weight.add(self.value(item, at, depth + 1)?);
                }
            }
            Value::Object(members) => {
                for item in members.values() {
                    weight.add(self.value(item, at, depth + 1)?);
                }
            }
            _ => {}
        }
        Ok(weight)
    }
}

fn no_variable(_: Name) -> Result<Value, Infallible> {
    Ok(Value::Null)
}

fn exceeds(count: usize, limit: u32) -> bool {
    u32::try_from(count).map_or(true, |count| count > limit)
}

#[cfg(test)]
mod tests;
