//! The guard's measures against a count that writes the document out, over documents made by chance.

use async_graphql::parser::{parse_query, types::FragmentDefinition};
use proptest::prelude::*;

use super::super::parse;
use super::*;
use crate::graphql::error::Code;

/// Chance, one number after another; when it is used up everything is the first and the fewest.
struct Dice<'a>(std::slice::Iter<'a, u8>);

impl Dice<'_> {
    fn roll(&mut self, sides: usize) -> usize {
        self.0.next().map_or(0, |it| usize::from(*it) % sides)
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.roll(times) == times - 1
    }

    fn one<'b>(&mut self, of: &[&'b str]) -> &'b str {
        of[self.roll(of.len())]
    }
}

/// Writes a document token by token, and counts what it writes.
struct Writer<'a> {
    dice: Dice<'a>,
    text: String,
    fragments: usize,
    tokens: u32,
    open: u32,
    nesting: u32,
}

/// How deep the writer goes by itself; what fragments make of it is deeper.
const DEEPEST: usize = 4;

impl Writer<'_> {
    /// What may stand between tokens, some of it made to be mistaken for more.
    fn blank(&mut self) {
        let blank = self.dice.one(&[
            " ",
            ",",
            "\n",
            "\r\n\t",
            " # { ( [ \"\"\" \" a\n",
            "#\\\"\r",
            " ,,\n ",
        ]);
        self.text.push_str(blank);
    }

    /// A token that the guard counts as `worth`.
    fn put(&mut self, token: &str, worth: u32) {
        self.blank();
        self.glue(token, worth);
    }

    /// A token to which nothing may be put before.
    fn glue(&mut self, token: &str, worth: u32) {
        self.text.push_str(token);
        self.tokens += worth;
        match token {
            "{" | "[" | "(" => self.open += 1,
            "}" | "]" | ")" => self.open -= 1,
            _ => {}
        }
        self.nesting = self.nesting.max(self.open);
    }

    fn document(&mut self) {
        self.fragments = self.dice.roll(6);
        let operations = self.dice.roll(4);
        if operations == 0 && self.dice.roll(2) == 0 {
            self.set(0, 0);
        }
        for at in 0..operations.max(usize::from(self.text.is_empty())) {
            let kind = self.dice.one(&["query", "mutation", "subscription"]);
            self.put(kind, 1);
            self.put(&format!("Q{at}"), 1);
            if self.dice.once_in(3) {
                self.put("(", 1);
                for at in 0..=self.dice.roll(3) {
                    self.put("$", 1);
                    self.glue(&format!("v{at}"), 1);
                    self.put(":", 1);
                    self.put("[", 1);
                    self.glue("Int", 1);
                    self.glue("!", 1);
                    self.glue("]", 1);
                    self.directives();
                    if self.dice.once_in(2) {
                        self.put("=", 1);
                        self.value(0, false);
                    }
                }
                self.put(")", 1);
            }
            self.directives();
            self.set(0, 0);
        }
        for at in 0..self.fragments {
            self.put("fragment", 1);
            self.put(&format!("F{at}"), 1);
            self.condition();
            self.directives();
            self.set(0, at + 1);
        }
    }

    fn condition(&mut self) {
        self.put("on", 1);
        self.text.push_str(" \n");
        self.glue("Query", 1);
    }

    /// A set of selections in which the fragments from `next` on may be spread, and rarely any.
    fn set(&mut self, deep: usize, next: usize) {
        self.put("{", 1);
        for _ in 0..=self.dice.roll(4) {
            let kind = self.dice.roll(8);
            if kind >= 6 && (next < self.fragments || kind == 7) {
                self.put("...", 3);
                let any = self.dice.once_in(24);
                let name = match self
                    .dice
                    .roll((self.fragments - next.min(self.fragments)).max(1))
                {
                    at if any => format!("F{}", self.dice.roll(self.fragments + 1).min(at + 9)),
                    at if next < self.fragments => format!("F{}", next + at),
                    _ => "F0".to_owned(),
                };
                self.put(&name, 1);
                self.directives();
            } else if kind == 5 && deep < DEEPEST {
                self.put("...", 3);
                if self.dice.roll(2) == 0 {
                    self.condition();
                }
                self.directives();
                self.set(deep + 1, next);
            } else {
                self.field(deep, next);
            }
        }
        self.put("}", 1);
    }

    fn field(&mut self, deep: usize, next: usize) {
        if self.dice.once_in(3) {
            self.put("x", 1);
            self.put(":", 1);
        }
        let name = self
            .dice
            .one(&["a", "b", "signIn", "c", "screenAge", "a", "__typename", "a"]);
        self.put(name, 1);
        // Rarely more than the library looks at.
        let bare = name == "__typename" && !self.dice.once_in(12);
        if !bare && self.dice.once_in(3) {
            self.put("(", 1);
            for at in 0..=self.dice.roll(2) {
                self.put(&format!("p{at}"), 1);
                self.put(":", 1);
                self.value(0, true);
            }
            self.put(")", 1);
        }
        if bare && self.dice.once_in(2) {
            self.put("@", 1);
            self.glue("skip", 1);
        }
        if !bare {
            self.directives();
            if deep < DEEPEST && self.dice.once_in(3) {
                self.set(deep + 1, next);
            }
        }
    }

    fn directives(&mut self) {
        if !self.dice.once_in(4) {
            return;
        }
        for _ in 0..=self.dice.roll(3) {
            self.put("@", 1);
            let name = self.dice.one(&["include", "skip", "other"]);
            self.glue(name, 1);
            if self.dice.once_in(2) {
                self.put("(", 1);
                self.put("if", 1);
                self.put(":", 1);
                self.value(0, false);
                self.put(")", 1);
            }
        }
    }

    fn value(&mut self, deep: usize, variables: bool) {
        match self.dice.roll(12) {
            8 | 9 if deep < 4 => {
                self.put("[", 1);
                for _ in 0..self.dice.roll(4) {
                    self.value(deep + 1, variables);
                }
                self.put("]", 1);
            }
            10 | 11 if deep < 4 => {
                self.put("{", 1);
                for at in 0..self.dice.roll(3) {
                    self.put(&format!("k{at}"), 1);
                    self.put(":", 1);
                    self.value(deep + 1, variables);
                }
                self.put("}", 1);
            }
            1 => self.put("true", 1),
            2 => self.put("null", 1),
            3 => self.put("RED", 1),
            // The parts of a number count one by one.
            4 => self.put("-1.5e+9", 6),
            5 => self.put("\"{ [ # \\\" \\\\\"", 1),
            6 => self.put("\"\"\"{ ( \n # \" \\\"\"\" \"\"\"", 1),
            7 if variables => {
                self.put("$", 1);
                self.glue("v0", 1);
            }
            _ => self.put("7", 1),
        }
    }
}

/// A document and what its writer knows of it: how many tokens, and how many brackets open at once.
fn written(rolls: &[u8]) -> (String, u32, u32) {
    let mut writer = Writer {
        dice: Dice(rolls.iter()),
        text: String::new(),
        fragments: 0,
        tokens: 0,
        open: 0,
        nesting: 0,
    };
    writer.document();
    (writer.text, writer.tokens, writer.nesting)
}

/// Why a document has no count.
#[derive(Debug, PartialEq, Eq)]
enum Without {
    /// It spreads what it does not define, or closes a circle, or asks too much of `__typename`.
    Sense,
    /// It is larger than anybody wants to write out.
    End,
}

/// The largest document that is written out: many times what the guard lets pass.
const LARGEST: u32 = 50_000;

/// Walks a document as if each fragment stood where it is spread. It remembers nothing, and takes as long
/// as the document is large.
struct Reader<'a> {
    document: &'a ExecutableDocument,
    /// The fragments that the place being read stands in.
    within: Vec<&'a str>,
    nodes: u32,
    aliases: u32,
    directives: u32,
    depth: u32,
    height: u32,
    top_fields: u32,
    top_sign_in_fields: u32,
    directives_at_once: u32,
    value_depth: u32,
}

impl<'a> Reader<'a> {
    fn new(document: &'a ExecutableDocument) -> Self {
        Self {
            document,
            within: Vec::new(),
            nodes: 0,
            aliases: 0,
            directives: 0,
            depth: 0,
            height: 0,
            top_fields: 0,
            top_sign_in_fields: 0,
            directives_at_once: 0,
            value_depth: 0,
        }
    }

    fn node(&mut self) -> Result<(), Without> {
        self.nodes += 1;
        if self.nodes > LARGEST {
            return Err(Without::End);
        }
        Ok(())
    }

    /// Reads a set that stands below `sets` others, whose fields stand below `fields` others.
    fn set(&mut self, set: &'a SelectionSet, fields: u32, sets: u32) -> Result<(), Without> {
        self.height = self.height.max(sets + 1);
        for selection in &set.items {
            self.node()?;
            match &selection.node {
                Selection::Field(field) => self.field(&field.node, fields, sets)?,
                Selection::InlineFragment(inline) => {
                    self.apply(&inline.node.directives)?;
                    self.set(&inline.node.selection_set.node, fields, sets + 1)?;
                }
                Selection::FragmentSpread(spread) => {
                    self.apply(&spread.node.directives)?;
                    let name = spread.node.fragment_name.node.as_str();
                    let fragment = self.document.fragments.get(name).ok_or(Without::Sense)?;
                    self.fragment(name, &fragment.node, fields, sets + 1)?;
                }
            }
        }
        Ok(())
    }

    fn fragment(
        &mut self,
        name: &'a str,
        fragment: &'a FragmentDefinition,
        fields: u32,
        sets: u32,
    ) -> Result<(), Without> {
        if self.within.contains(&name) {
            return Err(Without::Sense);
        }
        self.within.push(name);
        self.apply(&fragment.directives)?;
        self.set(&fragment.selection_set.node, fields, sets)?;
        self.within.pop();
        Ok(())
    }

    fn field(&mut self, field: &'a Field, fields: u32, sets: u32) -> Result<(), Without> {
        self.depth = self.depth.max(fields + 1);
        self.aliases += u32::from(field.alias.is_some());
        if fields == 0 {
            self.top_fields += 1;
            self.top_sign_in_fields +=
                u32::from(SIGN_IN_FIELDS.contains(&field.name.node.as_str()));
        }
        let within = &field.selection_set.node;
        let odd =
            |it: &Positioned<Directive>| !["skip", "include"].contains(&it.node.name.node.as_str());
        let more = !field.arguments.is_empty()
            || !within.items.is_empty()
            || field.directives.iter().any(odd);
        if field.name.node == "__typename" && more {
            return Err(Without::Sense);
        }
        self.apply(&field.directives)?;
        for (_, value) in &field.arguments {
            let value = value.node.clone().into_const_with(no_variable);
            self.value(&value.unwrap(), 0)?;
        }
        if !within.items.is_empty() {
            self.set(within, fields + 1, sets + 1)?;
        }
        Ok(())
    }

    fn apply(&mut self, directives: &[Positioned<Directive>]) -> Result<(), Without> {
        let count = u32::try_from(directives.len()).unwrap();
        self.directives_at_once = self.directives_at_once.max(count);
        self.directives += count;
        for directive in directives {
            self.node()?;
            for (_, value) in &directive.node.arguments {
                let value = value.node.clone().into_const_with(no_variable);
                self.value(&value.unwrap(), 0)?;
            }
        }
        Ok(())
    }

    /// Reads a value that stands within `others` lists and objects.
    fn value(&mut self, value: &Value, others: u32) -> Result<(), Without> {
        self.node()?;
        let inner: Vec<&Value> = match value {
            Value::List(items) => items.iter().collect(),
            Value::Object(members) => members.values().collect(),
            _ => return Ok(()),
        };
        self.value_depth = self.value_depth.max(others + 1);
        inner
            .into_iter()
            .try_for_each(|it| self.value(it, others + 1))
    }
}

/// The least limits that a document is within, tokens and brackets aside.
fn least_limits(document: &ExecutableDocument) -> Result<Limits, Without> {
    let mut least = Limits {
        operations: u32::try_from(document.operations.iter().count()).unwrap(),
        fragments: u32::try_from(document.fragments.len()).unwrap(),
        ..all(0)
    };
    let mut readers = Vec::new();
    for (_, operation) in document.operations.iter() {
        let operation = &operation.node;
        let mut reader = Reader::new(document);
        reader.apply(&operation.directives)?;
        for variable in &operation.variable_definitions {
            reader.apply(&variable.node.directives)?;
            if let Some(value) = &variable.node.default_value {
                reader.value(&value.node, 0)?;
            }
        }
        reader.set(&operation.selection_set.node, 0, 0)?;
        let variables = u32::try_from(operation.variable_definitions.len()).unwrap();
        least.variables = least.variables.max(variables);
        least.root_fields = least.root_fields.max(reader.top_fields);
        least.sign_in_fields += reader.top_sign_in_fields;
        readers.push(reader);
    }
    for (name, fragment) in &document.fragments {
        let mut reader = Reader::new(document);
        reader.fragment(name, &fragment.node, 0, 0)?;
        readers.push(reader);
    }
    for reader in readers {
        least.nodes = least.nodes.max(reader.nodes);
        least.depth = least.depth.max(reader.depth);
        least.height = least.height.max(reader.height);
        least.aliases = least.aliases.max(reader.aliases);
        least.directives = least.directives.max(reader.directives);
        least.directives_at_once = least.directives_at_once.max(reader.directives_at_once);
        least.value_depth = least.value_depth.max(reader.value_depth);
    }
    Ok(least)
}

fn all(limit: u32) -> Limits {
    Limits {
        length: usize::MAX,
        tokens: limit,
        nesting: limit,
        operations: limit,
        fragments: limit,
        nodes: limit,
        depth: limit,
        height: limit,
        aliases: limit,
        root_fields: limit,
        sign_in_fields: limit,
        directives_at_once: limit,
        directives: limit,
        variables: limit,
        value_depth: limit,
        values: limit,
    }
}

/// `limits` with one of them lowered by one: each in its turn, where it is not at zero.
fn one_less(limits: &Limits) -> Vec<Limits> {
    macro_rules! each {
        ($($name:ident)*) => {
            vec![$( limits.$name.checked_sub(1).map(|$name| Limits { $name, ..limits.clone() }), )*]
        };
    }
    each![
        tokens nesting operations fragments nodes depth height aliases root_fields sign_in_fields
        directives_at_once directives variables value_depth
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn any_rolls() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..250)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Within its least limits a document passes, and below any one of them it does not: every measure is
    /// that of the document written out, no more and no less.
    #[test]
    fn every_measure_is_that_of_the_document_written_out(rolls in any_rolls()) {
        let (text, tokens, nesting) = written(&rolls);
        let document = parse_query(&text).map_err(|error| TestCaseError::fail(format!("{error} {text}")))?;
        let code = |limits: &Limits| parse(&text, limits).map(|_| ()).map_err(|it| it.code);
        match least_limits(&document) {
            Ok(least) => {
                let least = Limits { tokens, nesting, ..least };
                prop_assert_eq!(code(&least), Ok(()), "{:?} {}", least, text);
                for less in one_less(&least) {
                    prop_assert_eq!(code(&less), Err(Code::LimitExceeded), "{:?} {}", less, text);
                }
            }
            Err(Without::Sense) => {
                prop_assert_eq!(code(&all(u32::MAX)), Err(Code::GraphqlValidationFailed), "{}", text);
            }
            Err(Without::End) => prop_assert!(code(&Limits::default()).is_err()),
        }
    }
}
