//! An operation, as a tree that can be written out, and made smaller.

use std::{collections::BTreeSet, fmt::Write};

use serde_json::{Map, Value as Json};

/// What an operation is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Query,
    Mutation,
    Subscription,
}

impl Kind {
    /// The type whose fields stand at the root.
    pub(super) const fn root(self) -> &'static str {
        match self {
            Self::Query => "Query",
            Self::Mutation => "Mutation",
            Self::Subscription => "Subscription",
        }
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Operation {
    pub(super) kind: Kind,
    /// What stands at the root, each by itself.
    pub(super) parts: Vec<Part>,
}

/// One field at the root, with the fragments and variables of its own.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    /// The field's name.
    pub(super) field: String,
    pub(super) root: Selection,
    pub(super) fragments: Vec<Fragment>,
    /// Names and types of variables.
    declared: Vec<(String, String)>,
    variables: Map<String, Json>,
    /// The arguments, as they are sent.
    pub(super) arguments: Json,
    /// What of the schema is asked for: `Type.field` and `Type.field(argument)`.
    pub(super) asked: BTreeSet<String>,
    /// The variable in which the next page's beginning goes, where this is a walk.
    pub(super) walk: Option<String>,
}

/// What is selected: a field with its arguments, or a fragment, and what stands below.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Selection {
    pub(super) head: String,
    pub(super) leaf: bool,
    pub(super) below: Vec<Selection>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fragment {
    pub(super) name: String,
    pub(super) on: String,
    pub(super) below: Vec<Selection>,
}

impl Selection {
    pub(super) fn of(head: String, below: Vec<Self>) -> Self {
        Self {
            head,
            leaf: false,
            below,
        }
    }

    pub(super) fn leaf(head: &str) -> Self {
        Self {
            head: head.to_owned(),
            leaf: true,
            below: Vec::new(),
        }
    }

    fn write(&self, text: &mut String) {
        text.push_str(&self.head);
        if !self.leaf {
            write_all(&self.below, text);
        }
    }
}

fn write_all(selections: &[Selection], text: &mut String) {
    text.push_str(" {");
    if selections.is_empty() {
        text.push_str(" __typename");
    }
    for selection in selections {
        text.push(' ');
        selection.write(text);
    }
    text.push_str(" }");
}

impl Part {
    pub(super) fn new(field: &str) -> Self {
        Self {
            field: field.to_owned(),
            root: Selection::leaf(field),
            fragments: Vec::new(),
            declared: Vec::new(),
            variables: Map::new(),
            arguments: Json::Null,
            asked: BTreeSet::new(),
            walk: None,
        }
    }

    pub(super) fn declare(&mut self, name: &str, of: &str, value: Json) {
        self.declared.push((name.to_owned(), of.to_owned()));
        self.variables.insert(name.to_owned(), value);
    }

    pub(super) fn set(&mut self, variable: &str, value: Json) {
        self.variables.insert(variable.to_owned(), value);
    }

    /// The field, and the fragments that it comes to.
    fn texts(&self) -> (String, String) {
        let mut root = String::new();
        self.root.write(&mut root);
        let mut fragments = String::new();
        // The last ones made may spread those that were made before them.
        for fragment in self.fragments.iter().rev() {
            let spread = format!("...{}", fragment.name);
            let spreads = |text: &str| text.split(' ').any(|word| word == spread);
            if spreads(&root) || spreads(&fragments) {
                let _ = write!(fragments, " fragment {} on {}", fragment.name, fragment.on);
                write_all(&fragment.below, &mut fragments);
            }
        }
        (root, fragments)
    }
}

impl Operation {
    /// The document and its variables.
    pub(super) fn written(&self) -> (String, Json) {
        let (mut roots, mut fragments) = (String::new(), String::new());
        let (mut declared, mut variables) = (Vec::new(), Map::new());
        for part in &self.parts {
            let (root, others) = part.texts();
            for (name, of) in &part.declared {
                let named = |text: &str| {
                    text.split(|c: char| !(c.is_alphanumeric() || c == '$'))
                        .any(|word| word.strip_prefix('$') == Some(name))
                };
                if named(&root) || named(&others) {
                    declared.push(format!("${name}: {of}"));
                    variables.insert(name.clone(), part.variables[name].clone());
                }
            }
            roots.push(' ');
            roots += &root;
            fragments += &others;
        }
        let verb = self.kind.root().to_lowercase();
        let declared = match declared.join(", ") {
            none if none.is_empty() => none,
            some => format!("({some})"),
        };
        (
            format!("{verb} Made{declared} {{{roots} }}{fragments}"),
            Json::Object(variables),
        )
    }

    /// Whether reads of it may or may not go together: where there is more than one field at the root, or a list.
    pub(super) fn races(&self) -> bool {
        let listed = ["edges", "lists", "except", "nodes"];
        let (text, _) = self.written();
        self.parts.len() > 1 || listed.iter().any(|list| text.contains(list))
    }

    /// Every operation that is this one with something left out.
    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        if self.parts.len() > 1 {
            for at in 0..self.parts.len() {
                let mut less = self.clone();
                less.parts.remove(at);
                all.push(less);
            }
        }
        for (at, part) in self.parts.iter().enumerate() {
            let with = |change: &dyn Fn(&mut Part)| {
                let mut less = self.clone();
                change(&mut less.parts[at]);
                less
            };
            if part.walk.is_some() {
                all.push(with(&|part| part.walk = None));
            }
            for less in fewer(&part.root.below) {
                all.push(with(&|part| part.root.below.clone_from(&less)));
            }
            for (nth, fragment) in part.fragments.iter().enumerate() {
                for less in fewer(&fragment.below) {
                    all.push(with(&|part| part.fragments[nth].below.clone_from(&less)));
                }
            }
        }
        all
    }
}

/// The selections with one of them left out, or something below one of them.
fn fewer(selections: &[Selection]) -> Vec<Vec<Selection>> {
    let mut all = Vec::new();
    for at in 0..selections.len() {
        let mut less = selections.to_vec();
        less.remove(at);
        all.push(less);
    }
    for (at, selection) in selections.iter().enumerate() {
        for below in fewer(&selection.below) {
            let mut less = selections.to_vec();
            less[at].below = below;
            all.push(less);
        }
    }
    all
}
