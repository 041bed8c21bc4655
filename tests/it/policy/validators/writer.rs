//! Documents that fit the schema, or nearly, as chance has it.

use apollo_compiler::{
    Node, Schema,
    ast::{InputValueDefinition, Type},
    schema::ExtendedType,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Values of every kind, for places that want another.
const VALUES: [&str; 20] = [
    "null",
    "true",
    "0",
    "-1",
    "1.5",
    "9999999999",
    "\"\"",
    "\"x\"",
    "\"PUBLIC\"",
    "\"1990-01-01\"",
    "\"1990-02-30\"",
    "PUBLIC",
    "NOWHERE",
    "[]",
    "[null]",
    "[\"x\"]",
    "[[3]]",
    "{}",
    "{member: \"x\"}",
    "$v0",
];

/// Writes documents, of which it means the most part to fit the schema.
pub(super) struct Writer<'a> {
    schema: &'a Schema,
    rng: ChaCha8Rng,
    /// In a hundred places, how many are wrong on purpose.
    mistakes: u32,
    variables: Vec<String>,
    fragments: Vec<String>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(schema: &'a Schema, seed: u64) -> Self {
        Self {
            schema,
            rng: ChaCha8Rng::seed_from_u64(seed),
            mistakes: 0,
            variables: Vec::new(),
            fragments: Vec::new(),
        }
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    fn one<'b, T: ?Sized>(&mut self, of: &[&'b T]) -> &'b T {
        of[self.rng.random_range(0..of.len())]
    }

    pub(super) fn document(&mut self) -> String {
        self.variables.clear();
        self.fragments.clear();
        self.mistakes = if self.chance(30) { 0 } else { 4 };
        let (verb, root) = if self.chance(40) {
            ("mutation", "Mutation")
        } else {
            ("query", "Query")
        };
        let selections = self.selections(root, 0);
        let variables = match self.variables.join(", ") {
            none if none.is_empty() => none,
            some => format!("({some})"),
        };
        let fragments = self.fragments.join(" ");
        format!("{verb} Made{variables} {selections} {fragments}")
    }

    fn selections(&mut self, of: &str, depth: usize) -> String {
        let of = match self.chance(self.mistakes / 2) {
            true => self.one(&["Member", "Profile", "Query", "Audience", "Node", "Country"]),
            false => of,
        };
        let fields: Vec<_> = match &self.schema.types[of] {
            ExtendedType::Object(object) => object.fields.values().collect(),
            ExtendedType::Interface(interface) => interface.fields.values().collect(),
            _ => return String::new(),
        };
        let fields: Vec<_> = fields.into_iter().map(|field| (***field).clone()).collect();
        let mut parts = Vec::new();
        if of == "Node" {
            parts.push(
                self.one(&[
                    "... on Member { other: handle }",
                    "... on PenpalList { other: name }",
                    "... on Session { other: expiresAt }",
                    "... on Profile { city }",
                ])
                .to_owned(),
            );
        }
        for _ in 0..self.rng.random_range(1..3) {
            let field = fields[self.rng.random_range(0..fields.len())].clone();
            let inner = field.ty.inner_named_type().to_string();
            let leaf = self.schema.types[inner.as_str()].is_leaf();
            if !leaf && depth > 3 {
                continue;
            }
            let alias = match self.rng.random_range(0..100) {
                0..8 => "other: ",
                8..10 => "id: ",
                _ => "",
            };
            let arguments = self.arguments(&field.arguments);
            let directive = self.directive();
            let below = if leaf == self.chance(self.mistakes / 2) {
                self.selections(&inner, depth + 1)
            } else {
                String::new()
            };
            parts.push(format!(
                "{alias}{}{arguments}{directive} {below}",
                field.name
            ));
        }
        if self.chance(30) {
            let directive = self.directive();
            parts.push(format!("__typename{directive}"));
        }
        if parts.is_empty() {
            parts.push("__typename".to_owned());
        }
        let all = parts.join(" ");
        if depth > 0 && self.chance(10) {
            let name = format!("F{}", self.fragments.len());
            self.fragments
                .push(format!("fragment {name} on {of} {{ {all} }}"));
            let directive = self.directive();
            return format!("{{ ...{name}{directive} }}");
        }
        if self.chance(10) {
            let directive = self.directive();
            return format!("{{ ... on {of}{directive} {{ {all} }} }}");
        }
        format!("{{ {all} }}")
    }

    fn directive(&mut self) -> String {
        if !self.chance(6) {
            return String::new();
        }
        let name = self.one(&["include", "skip"]);
        let if_ = Type::parse("Boolean!", "type.graphql").unwrap();
        format!(" @{name}(if: {})", self.value(&if_, 0))
    }

    fn arguments(&mut self, definitions: &[Node<InputValueDefinition>]) -> String {
        let mut given = Vec::new();
        for definition in definitions {
            let needed = definition.is_required() && !self.chance(self.mistakes / 2);
            if needed || self.chance(30) {
                let value = self.value(&definition.ty, 0);
                given.push(format!("{}: {value}", definition.name));
            }
        }
        if given.is_empty() {
            String::new()
        } else {
            format!("({})", given.join(", "))
        }
    }

    /// A variable for a place of this type.
    fn variable(&mut self, of: &Type) -> String {
        let name = format!("v{}", self.variables.len());
        let mut of = of.to_string();
        if self.chance(self.mistakes * 4) {
            of = match self.rng.random_range(0..6) {
                0 => of.replace('!', ""),
                1 => format!("[{of}]"),
                2 => of.replace(['[', ']'], "").replace("!!", "!"),
                3 => "ID".to_owned(),
                4 => "[Nothing]".to_owned(),
                _ => "Member".to_owned(),
            };
        }
        let default = match self.chance(self.mistakes * 2) {
            true => format!(" = {}", self.one(&VALUES)),
            false => String::new(),
        };
        self.variables.push(format!("${name}: {of}{default}"));
        format!("${name}")
    }

    fn value(&mut self, of: &Type, depth: usize) -> String {
        if self.chance(self.mistakes) {
            return self.one(&VALUES).to_owned();
        }
        if self.chance(20) {
            return self.variable(of);
        }
        if !of.is_non_null() && self.chance(20) {
            return "null".to_owned();
        }
        if of.is_list() {
            let item = of.item_type().clone();
            let item = self.value(&item, depth + 1);
            return if self.chance(10) {
                item
            } else {
                format!("[{item}]")
            };
        }
        let name = of.inner_named_type().to_string();
        match &self.schema.types[name.as_str()] {
            ExtendedType::Enum(values) => {
                let values: Vec<_> = values.values.keys().collect();
                values[self.rng.random_range(0..values.len())].to_string()
            }
            ExtendedType::InputObject(object) => {
                let one = object.directives.has("oneOf");
                let fields: Vec<_> = object.fields.values().map(|it| (***it).clone()).collect();
                let mut given = Vec::new();
                for field in fields {
                    let needed = field.is_required() && !self.chance(self.mistakes);
                    if needed || one && given.is_empty() || depth < 2 && self.chance(30) {
                        let value = self.value(&field.ty, depth + 1);
                        given.push(format!("{}: {value}", field.name));
                    }
                }
                format!("{{{}}}", given.join(", "))
            }
            _ => match name.as_str() {
                "Int" => "3".to_owned(),
                "Boolean" => "true".to_owned(),
                "Date" => "\"1990-01-01\"".to_owned(),
                _ => "\"x\"".to_owned(),
            },
        }
    }
}
