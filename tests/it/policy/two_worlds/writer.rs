//! Valid operations over whatever the schema has: a field or an argument is covered from the day it is there.

use apollo_compiler::{
    Node, Schema,
    ast::{FieldDefinition, Type},
    schema::ExtendedType,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value as Json};

use super::{
    operation::{Fragment, Kind, Operation, Part, Selection},
    values::Pool,
};

/// Below so many fields, only leaves are asked for.
const DEEPEST: usize = 6;

/// What is asked for above all: fields at the root, where there are any, and fields below.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Focus {
    pub(super) roots: &'static [&'static str],
    pub(super) below: &'static [&'static str],
    pub(super) scope: Scope,
}

/// What of the instrument is used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Scope {
    #[default]
    All,
    /// Nothing is done, but only asked.
    Questions,
    /// Nothing is asked, but only listened.
    Events,
}

pub(super) struct Writer<'a> {
    pool: Pool<'a>,
    focus: Focus,
    rng: ChaCha8Rng,
    /// Names of aliases, variables and fragments are numbered.
    number: usize,
    aliases: usize,
    part: Part,
}

impl<'a> Writer<'a> {
    pub(super) fn new(pool: Pool<'a>, focus: Focus, seed: u64) -> Self {
        Self {
            pool,
            focus,
            rng: ChaCha8Rng::seed_from_u64(seed),
            number: 0,
            aliases: 0,
            part: Part::new(""),
        }
    }

    fn schema(&self) -> &'a Schema {
        self.pool.schema
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    fn next(&mut self, letter: &str) -> String {
        self.number += 1;
        format!("{letter}{}", self.number)
    }

    /// An operation.
    pub(super) fn operation(&mut self, kind: Kind) -> Operation {
        let root = kind.root();
        let mutation = kind == Kind::Mutation;
        let mut fields = self.fields(root);
        let roots = self.focus.roots;
        if !mutation && !roots.is_empty() {
            fields.retain(|field| roots.contains(&field.name.as_str()));
        }
        let mut parts: Vec<Part> = Vec::new();
        for _ in 0..self.rng.random_range(1..4) {
            let walk = !mutation && parts.is_empty() && self.chance(30);
            let field = self.one(&fields);
            // One of these a document.
            let single = ["signUp", "signIn", "reauthenticate"];
            let again = |name: &str| parts.iter().any(|part| part.field == name);
            if mutation
                && (again(&field.name)
                    || single.contains(&field.name.as_str()) && !parts.is_empty())
            {
                continue;
            }
            self.part = Part::new(&field.name);
            if walk {
                self.part.walk = Some(String::new());
            }
            let root = self.field(root, &field, 0);
            let mut part = std::mem::replace(&mut self.part, Part::new(""));
            part.root = root;
            part.walk = part.walk.filter(|variable| !variable.is_empty());
            parts.push(part);
        }
        Operation { kind, parts }
    }

    /// A subscription to this field, with one argument.
    pub(super) fn subscription(
        mut self,
        field: &str,
        (argument, value): (&str, Json),
    ) -> Operation {
        let root = Kind::Subscription.root();
        let all = self.fields(root);
        let definition = all.iter().find(|it| it.name == field).unwrap();
        let of = definition
            .argument_by_name(argument)
            .unwrap()
            .ty
            .to_string();
        self.part = Part::new(field);
        self.part.declare("given", &of, value);
        let place = format!("{root}.{field}");
        let given = format!("{place}({argument})");
        self.part.asked.extend([place, given]);
        let inner = definition.ty.inner_named_type().to_string();
        let below = self.selections(&inner, false, 2);
        self.part.root = Selection::of(format!("{field}({argument}: $given)"), below);
        Operation {
            kind: Kind::Subscription,
            parts: vec![self.part],
        }
    }

    fn one(&mut self, of: &[Node<FieldDefinition>]) -> Node<FieldDefinition> {
        // A place of many things is where most is to be seen.
        let at = self.rng.random_range(0..of.len());
        let drawn = of[at].clone();
        let inner = drawn.ty.inner_named_type().as_str();
        if self.schema().types[inner].is_leaf() || drawn.arguments.is_empty() {
            let at = self.rng.random_range(0..of.len());
            return of[at].clone();
        }
        drawn
    }

    fn fields(&self, of: &str) -> Vec<Node<FieldDefinition>> {
        let fields = match &self.schema().types[of] {
            ExtendedType::Object(object) => object.fields.values(),
            ExtendedType::Interface(interface) => interface.fields.values(),
            other => panic!("{other:?} has no fields"),
        };
        fields.map(|field| field.node.clone()).collect()
    }

    fn field(&mut self, of: &str, field: &FieldDefinition, depth: usize) -> Selection {
        let inner = field.ty.inner_named_type().to_string();
        let leaf = self.schema().types[inner.as_str()].is_leaf();
        let with_arguments = !field.arguments.is_empty();
        self.part.asked.insert(format!("{of}.{}", field.name));
        let arguments = self.arguments(of, field, depth);
        // Two of one name with other arguments would not go together.
        let paging = ["pageInfo", "endCursor", "hasNextPage"].contains(&field.name.as_str());
        let by_chance = !paging && self.aliases < 20 && self.chance(10);
        let alias = if with_arguments || depth == 0 || by_chance {
            self.aliases += 1;
            format!("{}_{}: ", self.next("a"), field.name)
        } else {
            String::new()
        };
        let directive = self.directive();
        let below = if leaf {
            Vec::new()
        } else {
            self.selections(&inner, of == "Mutation", depth + 1)
        };
        Selection {
            head: format!("{alias}{}{arguments}{directive}", field.name),
            leaf,
            below,
        }
    }

    fn directive(&mut self) -> String {
        match self.rng.random_range(0..60) {
            0 => " @include(if: true)".to_owned(),
            1 => " @skip(if: false)".to_owned(),
            2 => {
                let name = self.next("v");
                self.part.declare(&name, "Boolean!", Json::Bool(true));
                format!(" @include(if: ${name})")
            }
            _ => String::new(),
        }
    }

    fn selections(&mut self, of: &str, payload: bool, depth: usize) -> Vec<Selection> {
        let mut parts = Vec::new();
        let fields = self.fields(of);
        let leaf = |writer: &Self, field: &FieldDefinition| {
            writer.schema().types[field.ty.inner_named_type().as_str()].is_leaf()
        };
        let walking = self
            .part
            .walk
            .as_ref()
            .is_some_and(|variable| !variable.is_empty());
        for field in &fields {
            let leaf = leaf(self, field);
            let name = field.name.as_str();
            let paging =
                name == "pageInfo" && walking || name == "endCursor" || name == "hasNextPage";
            let percent = match (leaf, depth) {
                _ if paging || self.focus.below.contains(&name) && depth < DEEPEST - 2 => 100,
                _ if payload || name == "edges" || name == "node" => 90,
                _ if self.aliases > 24 && !field.arguments.is_empty() => 0,
                (false, DEEPEST..) => 0,
                (false, _) => 45,
                (true, _) if fields.len() > 10 => 40,
                (true, _) => 60,
            };
            if self.chance(percent) {
                let selection = self.field(of, field, depth);
                parts.push(selection);
            }
        }
        if matches!(self.schema().types[of], ExtendedType::Interface(_)) {
            for object in self.possible(of) {
                if self.chance(70) {
                    let below = self.selections(&object, false, depth + 1);
                    parts.push(Selection::of(format!("... on {object}"), below));
                }
            }
        }
        if parts.is_empty() || self.chance(15) {
            parts.push(Selection::leaf("__typename"));
        }
        match self.rng.random_range(0..20) {
            0 => {
                let name = self.next("F");
                let spread = Selection::leaf(&format!("...{name}"));
                let on = of.to_owned();
                self.part.fragments.push(Fragment {
                    name,
                    on,
                    below: parts,
                });
                vec![spread]
            }
            1 => vec![Selection::of(format!("... on {of}"), parts)],
            2 => vec![Selection::of("...".to_owned(), parts)],
            _ => parts,
        }
    }

    fn possible(&self, interface: &str) -> Vec<String> {
        let types = self.schema().types.iter();
        types
            .filter(|(_, of)| match of {
                ExtendedType::Object(object) => object
                    .implements_interfaces
                    .iter()
                    .any(|name| name.as_str() == interface),
                _ => false,
            })
            .map(|(name, _)| name.to_string())
            .collect()
    }

    fn arguments(&mut self, of_type: &str, field: &FieldDefinition, depth: usize) -> String {
        let mut given = Vec::new();
        let mut sent = Map::new();
        for definition in &field.arguments {
            let (of, name) = (definition.ty.as_ref(), definition.name.as_str());
            // The first list on the way is walked along.
            if name == "after" && self.part.walk.as_ref().is_some_and(String::is_empty) {
                let variable = self.next("v");
                self.part.declare(&variable, &of.to_string(), Json::Null);
                given.push(format!("after: ${variable}"));
                self.part.walk = Some(variable);
                continue;
            }
            let percent = if name == "after" { 6 } else { 60 };
            if !definition.is_required() && !self.chance(percent) {
                continue;
            }
            let argument = format!("{of_type}.{}({name})", field.name);
            self.part.asked.insert(argument);
            let value = self.pool.value(of, name, 0, &mut self.rng);
            sent.insert(name.to_owned(), value.json.clone());
            let text = if self.chance(30) {
                self.variable(of, value.json)
            } else {
                value.text
            };
            given.push(format!("{name}: {text}"));
        }
        if depth == 0 {
            self.part.arguments = Json::Object(sent);
        }
        if given.is_empty() {
            String::new()
        } else {
            format!("({})", given.join(", "))
        }
    }

    fn variable(&mut self, of: &Type, value: Json) -> String {
        let name = self.next("v");
        self.part.declare(&name, &of.to_string(), value);
        format!("${name}")
    }
}
